// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {INoteTree} from "../interfaces/INoteTree.sol";

/// @title NoteLog
/// @notice The keccak chain over the note tree's operations.
library NoteLog {
    uint8 internal constant APPEND = 1;
    uint8 internal constant ZERO = 2;

    /// @notice The chain hash after `operation`, where `chain` is the one before it.
    /// @param chain The hash before it.
    /// @param operation The operation.
    /// @return The hash after it.
    function next(bytes32 chain, INoteTree.Operation memory operation) internal pure returns (bytes32) {
        return keccak256(abi.encode(chain, operation));
    }
}
