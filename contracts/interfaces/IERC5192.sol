// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title IERC5192
/// @notice ERC-5192: tokens that cannot be transferred. Interface identifier 0xb45a3c0e.
interface IERC5192 {
    /// @notice The token cannot be transferred.
    /// @param tokenId The token.
    event Locked(uint256 tokenId);

    /// @notice The token can be transferred.
    /// @param tokenId The token.
    event Unlocked(uint256 tokenId);

    /// @notice Whether a token cannot be transferred.
    /// @param tokenId The token.
    /// @return Whether it cannot.
    function locked(uint256 tokenId) external view returns (bool);
}
