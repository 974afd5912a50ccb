// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title CrookedToken
/// @notice For tests: does `percent` of what it is asked and reports success. 99 takes a fee, 0 does nothing, 101 takes
/// too much. It answers unknown calls with success, as wrapped ether does.
contract CrookedToken is ERC20 {
    uint256 public percent;

    constructor(address holder, uint256 supply, uint256 percent_) ERC20("Crooked", "CROOK") {
        percent = percent_;
        _mint(holder, supply);
    }

    // solhint-disable-next-line no-complex-fallback, no-empty-blocks
    fallback() external {}

    function transferFrom(address from, address to, uint256 amount) public virtual override returns (bool) {
        _transfer(from, to, (amount * percent) / 100);
        return true;
    }
}
