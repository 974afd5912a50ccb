// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IOperatorPool
/// @notice Divides incoming tokens equally among the operators registered at the time.
/// @notice What arrives while nobody is registered waits for the first operator.
interface IOperatorPool {
    /// @notice `operator` gets a share of what arrives from now on.
    /// @param operator The operator.
    event OperatorAdded(address indexed operator);

    /// @notice `operator` no longer gets a share; what it has earned remains its own.
    /// @param operator The operator.
    event OperatorRemoved(address indexed operator);

    /// @notice `operator` withdrew `amount`.
    /// @param operator The operator.
    /// @param amount In the token's smallest unit.
    event Withdrawn(address indexed operator, uint256 amount);

    /// @notice The zero address cannot be an operator.
    error OperatorPoolOperatorWrong(address operator);

    /// @notice `operator` is already registered.
    error OperatorPoolKnown(address operator);

    /// @notice `operator` is not registered.
    error OperatorPoolUnknown(address operator);

    /// @notice Nothing is due to `operator`.
    error OperatorPoolNothingDue(address operator);

    /// @notice Registers an operator. Only the owner.
    /// @dev Reverts with `OperatorPoolOperatorWrong`, `OperatorPoolKnown`, or `OwnableUnauthorizedAccount`.
    /// @param operator The operator.
    function addOperator(address operator) external;

    /// @notice Ends an operator's registration. Only the owner.
    /// @dev Reverts with `OperatorPoolUnknown`, or `OwnableUnauthorizedAccount`.
    /// @param operator The operator.
    function removeOperator(address operator) external;

    /// @notice Sends the caller all that is due to it. Cannot be paused.
    /// @dev Reverts with `OperatorPoolNothingDue`, or `SafeERC20FailedOperation`.
    /// @return amount What the caller got.
    function withdraw() external returns (uint256 amount);

    /// @notice The token that is shared.
    /// @return The token.
    function token() external view returns (IERC20);

    /// @notice How many operators are registered.
    /// @return The number of operators.
    function operatorCount() external view returns (uint256);

    /// @notice Whether `account` is registered.
    /// @param account Any account.
    /// @return Whether it is.
    function isOperator(address account) external view returns (bool);

    /// @notice What `withdraw` would send `account` now.
    /// @param account Any account.
    /// @return The amount, in the token's smallest unit.
    function dueTo(address account) external view returns (uint256);
}
