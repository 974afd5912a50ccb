// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPostage} from "../interfaces/IPostage.sol";
import {ITokenHook} from "./HookedToken.sol";

/// @title NestedBuyer
/// @notice For tests: buys again from inside the token's call, `depth` times, to be charged once for several notes.
contract NestedBuyer is ITokenHook {
    IPostage private immutable _postage;
    uint256 private _depth;

    constructor(IPostage postage) {
        _postage = postage;
    }

    function buyNested(uint256 class, uint256 commitment, uint256 count, uint256 depth) external {
        _depth = depth;
        _postage.token().approve(address(_postage), type(uint256).max);
        _postage.buy(class, commitment, count);
    }

    function tokensLeaving() external {
        if (_depth == 0) return;
        _depth--;
        _postage.buy(1, 1, 1);
    }
}
