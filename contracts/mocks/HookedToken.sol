// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";

/// @title ITokenHook
/// @notice What a holder of `HookedToken` may implement.
interface ITokenHook {
    /// @notice Called before tokens leave the holder.
    function tokensLeaving() external;
}

/// @title HookedToken
/// @notice For tests: calls its holder before tokens leave it, as ERC-777 does; otherwise honest.
contract HookedToken is ERC20, ERC20Burnable {
    constructor(address holder, uint256 supply) ERC20("Hooked", "HOOK") {
        _mint(holder, supply);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from.code.length > 0) ITokenHook(from).tokensLeaving();
        super._update(from, to, amount);
    }
}
