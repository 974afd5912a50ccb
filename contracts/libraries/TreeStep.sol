// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";
import {PoseidonT5} from "poseidon-solidity/PoseidonT5.sol";
import {ICheckpointRegistry} from "../interfaces/ICheckpointRegistry.sol";
import {INoteTree} from "../interfaces/INoteTree.sol";
import {NoteLog} from "./NoteLog.sol";

/// @title TreeStep
/// @notice What one operation of the log does to the root that checkpoints state: a keccak256 tree of depth 12 over the
/// roots of the note trees, of which one that has not begun has the root of an empty tree. Used only in disputes: 41
/// Poseidon hashes.
library TreeStep {
    uint256 internal constant DEPTH = 20;
    uint256 internal constant FOREST_DEPTH = 12;

    /// @notice The root after operation number `index`, where `before` is the root before it.
    /// @dev Reverts with `CheckpointRegistryOperationWrong`, or `CheckpointRegistryPathWrong`.
    /// @param step The operation, and what it found.
    /// @param tree The note tree.
    /// @param index The operation's number, or the leaf's place.
    /// @param before The root before it.
    /// @return The root after it.
    function apply_(
        ICheckpointRegistry.Step calldata step,
        INoteTree tree,
        uint256 index,
        bytes32 before
    ) internal view returns (bytes32) {
        INoteTree.Operation calldata operation = step.operation;
        // The chain covers the operation's number too.
        bytes32 next = NoteLog.next(tree.chainAt(index), operation);
        if (next != tree.chainAt(index + 1)) {
            revert ICheckpointRegistry.CheckpointRegistryOperationWrong(index);
        }
        uint256 capacity = tree.capacity();
        if (forestRootOf(step, step.leaf, capacity) != before) {
            revert ICheckpointRegistry.CheckpointRegistryPathWrong(before);
        }
        return forestRootOf(step, leafOf(operation), capacity);
    }

    /// @notice The root of all trees that has `leaf` at the operation's place.
    /// @param step The operation, and the path from its place.
    /// @param leaf The leaf.
    /// @param capacity How many notes one tree has room for.
    /// @return node The root.
    function forestRootOf(
        ICheckpointRegistry.Step calldata step,
        uint256 leaf,
        uint256 capacity
    ) internal pure returns (bytes32 node) {
        uint256 leafIndex = step.operation.leafIndex;
        uint256 index = leafIndex / capacity;
        node = bytes32(rootOf(leaf, leafIndex % capacity, step.siblings));
        for (uint256 level = 0; level < FOREST_DEPTH; ++level) {
            bytes32 sibling = step.forest[level];
            bool isRight = (index >> level) & 1 == 1;
            node = isRight ? Hashes.efficientKeccak256(sibling, node) : Hashes.efficientKeccak256(node, sibling);
        }
    }

    /// @notice What an operation leaves at its place: P(commitment, classId, limit, expiry), or 0.
    /// @param operation The operation.
    /// @return The leaf.
    function leafOf(INoteTree.Operation calldata operation) internal pure returns (uint256) {
        if (operation.kind == NoteLog.ZERO) return 0;
        return PoseidonT5.hash([operation.commitment, operation.classId, operation.limit, operation.expiry]);
    }

    /// @notice The root of one tree that has `leaf` at `index`.
    /// @param leaf The leaf.
    /// @param index The operation's number, or the leaf's place.
    /// @param siblings The path from the leaf to the root.
    /// @return node The root.
    function rootOf(
        uint256 leaf,
        uint256 index,
        uint256[DEPTH] calldata siblings
    ) internal pure returns (uint256 node) {
        node = leaf;
        for (uint256 level = 0; level < DEPTH; ++level) {
            bool isRight = (index >> level) & 1 == 1;
            node = isRight ? PoseidonT3.hash([siblings[level], node]) : PoseidonT3.hash([node, siblings[level]]);
        }
    }

    /// @notice The root of all trees while none has a leaf.
    /// @return node The root.
    function emptyRoot() internal pure returns (bytes32 node) {
        uint256 empty = 0;
        for (uint256 level = 0; level < DEPTH; ++level) empty = PoseidonT3.hash([empty, empty]);
        node = bytes32(empty);
        for (uint256 level = 0; level < FOREST_DEPTH; ++level) node = Hashes.efficientKeccak256(node, node);
    }
}
