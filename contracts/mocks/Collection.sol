// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title Collection
/// @notice For tests and the story: a collection of which anybody gets a token.
contract Collection is ERC721 {
    uint256 private _count;

    // solhint-disable-next-line no-empty-blocks
    constructor() ERC721("Moonbirds", "MOONBIRD") {}

    /// @notice Mints the next token.
    /// @param to Whose it is.
    function mint(address to) external {
        _mint(to, ++_count);
    }
}
