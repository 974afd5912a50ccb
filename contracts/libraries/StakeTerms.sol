// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";

/// @title StakeTerms
/// @notice The bounds of the terms of a class of stakes.
library StakeTerms {
    /// @notice Reverts with the first field that is out of its range.
    /// @dev Reverts with `StakeRegistryClassOutOfRange`.
    /// @param terms Of the class.
    function requireInRange(IStakeRegistry.Class calldata terms) internal pure {
        _check(IStakeRegistry.Field.Amount, terms.amount, 1, type(uint96).max);
        _check(IStakeRegistry.Field.Penalty, terms.penalty, 1, terms.amount);
        _check(IStakeRegistry.Field.Limit, terms.limit, 1, 256);
        _check(IStakeRegistry.Field.EpochLength, terms.epochLength, 1 minutes, 30 days);
        _check(IStakeRegistry.Field.UnitsPerTicket, terms.unitsPerTicket, 1, 4096);
        _check(IStakeRegistry.Field.LaneTtl, terms.laneTtl, 1 minutes, 30 days);
        _check(IStakeRegistry.Field.RootWindow, terms.rootWindow, 1 minutes, 30 days);
    }

    function _check(IStakeRegistry.Field field, uint256 value, uint256 least, uint256 most) private pure {
        if (value >= least && value <= most) return;
        revert IStakeRegistry.StakeRegistryClassOutOfRange(field, value, least, most);
    }
}
