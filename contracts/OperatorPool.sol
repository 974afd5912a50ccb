// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IOperatorPool} from "./interfaces/IOperatorPool.sol";
import {Code} from "./libraries/Code.sol";
import {Funds} from "./libraries/Funds.sol";

/// @title OperatorPool
/// @notice What `IOperatorPool` says.
/// @dev Invariant: the balance covers what is due to all operators, past and present, and what is due to nobody is less
/// than one unit per operator.
contract OperatorPool is IOperatorPool, Ownable2Step, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev `start` is what one share had earned in total when this operator was last added or last withdrew.
    struct Account {
        uint256 earned;
        uint256 start;
        bool isOperator;
    }

    /// @inheritdoc IOperatorPool
    IERC20 public immutable token;

    /// @inheritdoc IOperatorPool
    uint256 public operatorCount;

    uint256 private _perShare;
    uint256 private _owed;
    mapping(address account => Account state) private _accounts;

    constructor(address owner_, IERC20 token_) Ownable(owner_) {
        Code.requireAt(address(token_));
        token = token_;
    }

    /// @inheritdoc IOperatorPool
    function addOperator(address operator) external onlyOwner nonReentrant {
        if (operator == address(0)) revert OperatorPoolOperatorWrong(operator);
        Account storage account = _accounts[operator];
        if (account.isOperator) revert OperatorPoolKnown(operator);

        _share();
        (account.isOperator, account.start) = (true, _perShare);
        operatorCount++;
        emit OperatorAdded(operator);
    }

    /// @inheritdoc IOperatorPool
    function removeOperator(address operator) external onlyOwner nonReentrant {
        Account storage account = _accounts[operator];
        if (!account.isOperator) revert OperatorPoolUnknown(operator);

        _share();
        account.earned += _perShare - account.start;
        account.isOperator = false;
        operatorCount--;
        emit OperatorRemoved(operator);
    }

    /// @inheritdoc IOperatorPool
    function withdraw() external nonReentrant returns (uint256 amount) {
        _share();
        amount = _due(msg.sender, _perShare);
        if (amount == 0) revert OperatorPoolNothingDue(msg.sender);

        (_accounts[msg.sender].earned, _accounts[msg.sender].start) = (0, _perShare);
        _owed -= amount;
        emit Withdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IOperatorPool
    function isOperator(address account) external view returns (bool) {
        return _accounts[account].isOperator;
    }

    /// @inheritdoc IOperatorPool
    function dueTo(address account) external view returns (uint256) {
        return _due(account, _perShare + _fresh());
    }

    /// @dev Gives each operator its part of what arrived; an indivisible remainder waits.
    function _share() private {
        uint256 each = _fresh();
        _perShare += each;
        _owed += each * operatorCount;
    }

    /// @dev What arrived since it was last shared, for each operator.
    function _fresh() private view returns (uint256) {
        return operatorCount == 0 ? 0 : Funds.less(token.balanceOf(address(this)), _owed) / operatorCount;
    }

    function _due(address operator, uint256 perShare) private view returns (uint256) {
        Account memory account = _accounts[operator];
        return account.isOperator ? account.earned + perShare - account.start : account.earned;
    }
}
