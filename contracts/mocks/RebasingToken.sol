// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";

/// @title RebasingToken
/// @notice For tests: each balance is `percent` of what was moved to it, and changes with `percent`. Nothing is rounded
/// as long as `percent` divides what moves.
contract RebasingToken is ERC20, ERC20Burnable {
    uint256 public percent = 100;

    constructor(address holder, uint256 supply) ERC20("Rebasing", "REBASE") {
        _mint(holder, supply);
    }

    function rebase(uint256 percent_) external {
        percent = percent_;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return (super.balanceOf(account) * percent) / 100;
    }

    function totalSupply() public view override returns (uint256) {
        return (super.totalSupply() * percent) / 100;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, (amount * 100) / percent);
    }
}
