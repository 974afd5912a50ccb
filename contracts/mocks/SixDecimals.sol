// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PostageToken} from "../PostageToken.sol";

/// @title SixDecimals
/// @notice For tests: a token like many, with six decimals.
contract SixDecimals is PostageToken {
    // solhint-disable-next-line no-empty-blocks
    constructor(address holder, uint256 supply) PostageToken(holder, supply) {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
