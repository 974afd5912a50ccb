// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPayments} from "../interfaces/IPayments.sol";

/// @title PaymentTree
/// @notice The identifier of a payment and the keccak tree of its recipients. A node is hashed over 64 bytes and a
/// leaf over more, so neither can be shown as the other; the path follows the index, so each leaf has one place.
library PaymentTree {
    /// @notice The identifier of a payment with these terms.
    /// @param terms The terms of the payment.
    /// @return The identifier.
    function idOf(IPayments.Terms calldata terms) internal pure returns (bytes32) {
        return keccak256(abi.encode("pennypost/payment/v1", terms));
    }

    /// @notice The leaf of one recipient.
    /// @param recipient The account.
    /// @param use The lane that the payment opens.
    /// @param salt What hides the recipient.
    /// @return The leaf.
    function leafOf(address recipient, bytes32 use, bytes32 salt) internal pure returns (bytes32) {
        return keccak256(abi.encode("pennypost/recipient/v1", recipient, use, salt));
    }

    /// @notice The number of levels in a tree of `count` leaves.
    /// @param count How many recipients.
    /// @return The number of levels.
    function depthOf(uint256 count) internal pure returns (uint256) {
        return Math.log2(count, Math.Rounding.Ceil);
    }

    /// @notice The root of the tree that has `leaf` at `index`.
    /// @param leaf The leaf.
    /// @param index Its place.
    /// @param siblings The path from the leaf to the root.
    /// @return node The root.
    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata siblings) internal pure returns (bytes32 node) {
        node = leaf;
        // Each node is the hash of the scratch space, with the sibling to the left or right of the known node.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let end := add(siblings.offset, shl(5, siblings.length))
            for {
                let at := siblings.offset
            } lt(at, end) {
                at := add(at, 32)
            } {
                let place := shl(5, and(index, 1))
                mstore(place, node)
                mstore(xor(place, 32), calldataload(at))
                node := keccak256(0, 64)
                index := shr(1, index)
            }
        }
    }

    /// @notice Whether what is opened is at its index in a payment with these terms.
    /// @param terms The terms of the payment.
    /// @param given What is opened.
    /// @return Whether it is.
    function hasPlace(IPayments.Terms calldata terms, IPayments.Opening calldata given) internal pure returns (bool) {
        (uint256 index, uint256 count) = (given.index, terms.count);
        return index < count && _isDepth(given.siblings.length, count) && _isUnderRoot(terms.root, index, given);
    }

    /// @notice Reverts, with the reason, unless what is opened is at its index in the payment.
    /// @dev Reverts with `PaymentsIndexPastCount`, `PaymentsPathWrong`, or `PaymentsNotInRoot`.
    /// @param payment Its identifier.
    /// @param terms The terms of the payment.
    /// @param given What is opened.
    function requirePlace(
        bytes32 payment,
        IPayments.Terms calldata terms,
        IPayments.Opening calldata given
    ) internal pure {
        (uint256 index, uint256 count) = (given.index, terms.count);
        if (index >= count) revert IPayments.PaymentsIndexPastCount(index, count);
        uint256 length = given.siblings.length;
        if (!_isDepth(length, count)) revert IPayments.PaymentsPathWrong(length, depthOf(count));
        if (!_isUnderRoot(terms.root, index, given)) revert IPayments.PaymentsNotInRoot(payment, index);
    }

    function _isDepth(uint256 length, uint256 count) private pure returns (bool) {
        unchecked {
            return length == 0 ? count == 1 : (count - 1) >> (length - 1) == 1;
        }
    }

    function _isUnderRoot(bytes32 root, uint256 index, IPayments.Opening calldata given) private pure returns (bool) {
        return rootOf(leafOf(given.recipient, given.use, given.salt), index, given.siblings) == root;
    }
}
