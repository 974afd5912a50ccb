// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title NoteLog
/// @notice The keccak chain over the note tree's operations.
library NoteLog {
    /// @notice One operation. For a zeroing the last four fields are zero.
    /// @param index Its number in the log, from 0.
    /// @param kind `APPEND` or `ZERO`.
    struct Operation {
        uint256 index;
        uint8 kind;
        uint256 leafIndex;
        uint256 commitment;
        uint256 classId;
        uint256 limit;
        uint256 expiry;
    }

    uint8 internal constant APPEND = 1;
    uint8 internal constant ZERO = 2;

    /// @notice The chain hash after `operation`, where `chain` is the one before it.
    function next(bytes32 chain, Operation memory operation) internal pure returns (bytes32) {
        return keccak256(abi.encode(chain, operation));
    }
}
