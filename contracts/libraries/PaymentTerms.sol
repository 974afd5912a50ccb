// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IPayments} from "../interfaces/IPayments.sol";

/// @title PaymentTerms
/// @notice The bounds of a payment, and of the bounds themselves.
library PaymentTerms {
    uint256 private constant HORIZON = 90 days;
    uint256 private constant MOST_SHARE = 5_000;

    /// @notice Reverts with the first bound that is out of its range.
    /// @dev Reverts with `PaymentsOutOfRange`.
    /// @param floor The bounds.
    function requireInRange(IPayments.Floor memory floor) internal pure {
        _check(IPayments.Field.LeastBase, floor.leastBase, 1, type(uint96).max);
        _check(IPayments.Field.OperatorShare, floor.operatorShare, 0, MOST_SHARE);
    }

    /// @notice Reverts with the first of a rate and a time that is out of the floor's range.
    /// @dev Reverts with `PaymentsOutOfRange`.
    /// @param rate What is paid for each recipient.
    /// @param deliverBy Unix time after which the payment opens no lane.
    /// @param floor The bounds.
    function requireInRange(
        IPayments.Rate calldata rate,
        uint256 deliverBy,
        IPayments.Floor memory floor
    ) internal view {
        _check(IPayments.Field.Base, rate.base, floor.leastBase, type(uint96).max);
        _check(IPayments.Field.Bond, rate.bond, 0, floor.mostBond);
        _check(IPayments.Field.Tip, rate.tip, 0, floor.mostTip);
        _check(IPayments.Field.DeliverBy, deliverBy, block.timestamp, block.timestamp + HORIZON);
    }

    /// @notice Reverts unless a payment can have so many recipients.
    /// @dev Reverts with `PaymentsOutOfRange`.
    /// @param count How many recipients.
    function requireCount(uint256 count) internal pure {
        _check(IPayments.Field.Count, count, 1, type(uint32).max);
    }

    function _check(IPayments.Field field, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert IPayments.PaymentsOutOfRange(field, value, least, most);
    }
}
