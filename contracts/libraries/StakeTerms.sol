// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";

/// @title StakeTerms
/// @notice The bounds of the terms of a class of stakes.
library StakeTerms {
    /// @notice Reverts with the first field that is out of its range.
    function requireInRange(IStakeRegistry.Class calldata terms) internal pure {
        _check("amount", terms.amount, 1, type(uint96).max);
        _check("penalty", terms.penalty, 1, terms.amount);
        _check("limit", terms.limit, 1, 256);
        _check("epochLength", terms.epochLength, 1 minutes, 30 days);
        _check("unitsPerTicket", terms.unitsPerTicket, 1, 4096);
        _check("laneTtl", terms.laneTtl, 1 minutes, 30 days);
        _check("rootWindow", terms.rootWindow, 1 minutes, 30 days);
    }

    function _check(string memory field, uint256 value, uint256 least, uint256 most) private pure {
        if (value >= least && value <= most) return;
        revert IStakeRegistry.StakeRegistryClassOutOfRange(field, value, least, most);
    }
}
