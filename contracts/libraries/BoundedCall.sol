// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title BoundedCall
/// @notice Calls of contracts that may be hostile: they use no more gas than they are given, the first word of what
/// they answer is read and no more, and that they fail is an answer. Nobody can make them fail by having too little
/// gas.
library BoundedCall {
    /// @notice All the gas that there is.
    uint256 internal constant UNBOUNDED = type(uint256).max;

    /// @dev For the call itself, besides what it is given.
    uint256 private constant OVERHEAD = 10_000;

    /// @notice Only `left` is left where a call is to be given `due`.
    error BoundedCallGasTooLow(uint256 due, uint256 left);

    /// @notice Asks `target`, which can change nothing.
    /// @dev Reverts with `BoundedCallGasTooLow`.
    /// @param target Whom to ask.
    /// @param question The call.
    /// @param most The gas that it may use.
    /// @return isAnswered Whether it answered with a word or more.
    /// @return answer The first word.
    function ask(
        address target,
        bytes memory question,
        uint256 most
    ) internal view returns (bool isAnswered, bytes32 answer) {
        if (most != UNBOUNDED) _requireGas(most);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            isAnswered := staticcall(most, target, add(question, 32), mload(question), 0, 32)
            isAnswered := and(isAnswered, gt(returndatasize(), 31))
            answer := mload(0)
        }
    }

    /// @notice Transfers `amount` of this contract's tokens to `to`.
    /// @dev Reverts with `BoundedCallGasTooLow`.
    /// @param token The token.
    /// @param to Who gets them.
    /// @param amount In the token's smallest unit.
    /// @param most The gas that the token may use.
    /// @return isDone Whether the token did not revert, and answered nothing or `true`.
    function transfer(IERC20 token, address to, uint256 amount, uint256 most) internal returns (bool isDone) {
        _requireGas(most);
        bytes4 selector = IERC20.transfer.selector;
        // The arguments lie in the scratch space and reach into the pointer to free memory, which is put back.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(64)
            mstore(0, selector)
            mstore(4, to)
            mstore(36, amount)
            isDone := call(most, token, 0, 0, 68, 0, 32)
            let isTrue := and(gt(returndatasize(), 31), eq(mload(0), 1))
            isDone := and(isDone, or(iszero(returndatasize()), isTrue))
            mstore(64, free)
        }
    }

    /// @dev A call gets at most 63 of 64 parts of what is left.
    function _requireGas(uint256 due) private view {
        uint256 left = gasleft();
        unchecked {
            if (left < due + due / 63 + OVERHEAD) revert BoundedCallGasTooLow(due, left);
        }
    }
}
