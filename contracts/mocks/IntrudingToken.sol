// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title IntrudingToken
/// @notice For tests: makes one call of anybody's choosing from inside the next movement of tokens; otherwise honest.
contract IntrudingToken is ERC20, ERC20Burnable {
    address private _target;
    bytes private _call;

    constructor(address holder, uint256 supply) ERC20("Intruding", "INTRUDE") {
        _mint(holder, supply);
    }

    function arm(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        Address.functionCall(target, _call);
    }
}
