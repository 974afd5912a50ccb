// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title ClassId
/// @notice Names a class of notes by its kind, chain and contract; no two contracts share one.
library ClassId {
    /// @notice Notes that are bought and used up.
    uint8 internal constant STAMP = 1;

    /// @notice Notes that stand for a deposit and can be taken out again. (3 is for facts, which are not in a tree.)
    uint8 internal constant STAKE = 2;

    /// @notice Named payments: entries without secrets, to be found under a checkpointed root.
    uint8 internal constant PAYMENT = 4;

    /// @notice The identifier, 248 bits, hence always a field element.
    /// @param kind Of the notes.
    /// @param chainId Of the chain.
    /// @param origin The contract whose class it is.
    /// @param number Of the class.
    /// @return The identifier.
    function derive(uint8 kind, uint256 chainId, address origin, uint256 number) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("pennypost/class/v1", kind, chainId, origin, number))) >> 8;
    }
}
