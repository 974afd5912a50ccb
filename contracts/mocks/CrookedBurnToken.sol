// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CrookedToken} from "./CrookedToken.sol";

/// @title CrookedBurnToken
/// @notice For tests: a crooked token that burns just as crookedly. Above 1,000 percent it mints instead.
contract CrookedBurnToken is CrookedToken {
    constructor(address holder, uint256 supply, uint256 percent_) CrookedToken(holder, supply, percent_) {}

    function burnFrom(address account, uint256 amount) external {
        if (percent > 1000) _mint(account, amount);
        else _burn(account, (amount * percent) / 100);
    }
}
