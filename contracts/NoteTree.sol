// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {INoteTree} from "./interfaces/INoteTree.sol";
import {ClassId} from "./libraries/ClassId.sol";
import {Code} from "./libraries/Code.sol";
import {NoteLog} from "./libraries/NoteLog.sol";

/// @title NoteTree
/// @notice What `INoteTree` says.
/// @dev Invariant: for every n, `chainAt(n)` is the fold of `NoteLog.next` over the first n operations, each of which
/// was emitted once, in order; a leaf is zeroed at most once, by its inserter, and only if it is a stake.
contract NoteTree is INoteTree, Ownable2Step {
    using BitMaps for BitMaps.BitMap;

    uint256 private constant FIELD_ORDER =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant MOST_CAPACITY = 2 ** 20;
    uint256 private constant MOST_TREES = 2 ** 12;
    uint256 private constant MAX_LIMIT = 256;
    uint256 private constant MAX_EXPIRY = type(uint40).max;

    /// @inheritdoc INoteTree
    uint256 public immutable capacity;

    uint256 private immutable _mostLeaves;

    // In a slot with the owner to be: the other two, written together, have one of their own.
    uint64 private _leakCount;
    uint128 private _operationCount;
    uint128 private _leafCount;
    mapping(uint256 count => bytes32 chain) private _chains;
    mapping(address inserter => uint8 kind) private _kinds;
    mapping(address inserter => BitMaps.BitMap leaves) private _held;
    mapping(uint256 secret => Leak leak) private _leaks;

    constructor(address owner_, uint256 capacity_) Ownable(owner_) {
        if (capacity_ < 2 || capacity_ > MOST_CAPACITY || capacity_ & (capacity_ - 1) != 0) {
            revert NoteTreeCapacityWrong(capacity_);
        }
        capacity = capacity_;
        _mostLeaves = capacity_ * MOST_TREES;
    }

    /// @inheritdoc INoteTree
    function addInserter(address inserter, uint8 kind) external onlyOwner {
        if (inserter == address(0)) revert Code.CodeMissing(inserter);
        if (kind != ClassId.STAMP && kind != ClassId.STAKE && kind != ClassId.PAYMENT) revert NoteTreeKindUnknown(kind);
        if (_kinds[inserter] != 0) revert NoteTreeInserterKnown(inserter, _kinds[inserter]);

        _kinds[inserter] = kind;
        emit InserterAdded(inserter, kind);
    }

    /// @inheritdoc INoteTree
    function append(
        uint256 commitment,
        uint256 number,
        uint256 limit,
        uint256 expiry
    ) external returns (uint256 leafIndex) {
        uint8 kind = _kinds[msg.sender];
        if (kind == 0) revert NoteTreeNotInserter(msg.sender);
        if (commitment >= FIELD_ORDER) revert NoteTreeCommitmentOutOfRange(commitment);
        if (limit == 0 || limit > MAX_LIMIT) revert NoteTreeLimitOutOfRange(limit);
        if (expiry > MAX_EXPIRY) revert NoteTreeExpiryOutOfRange(expiry);

        leafIndex = _leafCount;
        if (leafIndex == _mostLeaves) revert NoteTreeFull();
        _leafCount = uint128(leafIndex + 1);
        if (kind == ClassId.STAKE) _held[msg.sender].set(leafIndex);

        uint256 classId = ClassId.derive(kind, block.chainid, msg.sender, number);
        uint256 operation = _log(NoteLog.APPEND, leafIndex, commitment, classId, limit, expiry);
        emit NoteAppended(operation, leafIndex, classId, commitment, limit, expiry);
    }

    /// @inheritdoc INoteTree
    function zero(uint256 leafIndex) external {
        if (!_held[msg.sender].get(leafIndex)) revert NoteTreeLeafNotHeld(leafIndex, msg.sender);

        _held[msg.sender].unset(leafIndex);
        uint256 operation = _log(NoteLog.ZERO, leafIndex, 0, 0, 0, 0);
        emit NoteZeroed(operation, leafIndex);
    }

    /// @inheritdoc INoteTree
    function reveal(uint256 secret, uint256 until) external {
        if (_kinds[msg.sender] != ClassId.STAKE) revert NoteTreeNotForStakes(msg.sender);

        Leak memory known = _leaks[secret];
        bool isOver = known.until < block.timestamp;
        _leaks[secret] = Leak({
            since: isOver ? uint40(block.timestamp) : known.since,
            until: SafeCast.toUint40(Math.max(known.until, until))
        });
        ++_leakCount;
        emit SecretLeaked(secret, until);
    }

    /// @inheritdoc INoteTree
    function leakOf(uint256 secret) external view returns (Leak memory) {
        return _leaks[secret];
    }

    /// @inheritdoc INoteTree
    function leakCount() external view returns (uint256) {
        return _leakCount;
    }

    /// @inheritdoc INoteTree
    function operationCount() external view returns (uint256) {
        return _operationCount;
    }

    /// @inheritdoc INoteTree
    function leafCount() external view returns (uint256) {
        return _leafCount;
    }

    /// @inheritdoc INoteTree
    function chain() external view returns (bytes32) {
        return _chains[_operationCount];
    }

    /// @inheritdoc INoteTree
    function chainAt(uint256 count) external view returns (bytes32) {
        if (count > _operationCount) revert NoteTreeLogShorter(count);
        return _chains[count];
    }

    /// @inheritdoc INoteTree
    function kindOf(address account) external view returns (uint8) {
        return _kinds[account];
    }

    /// @inheritdoc INoteTree
    function classIdOf(address inserter, uint256 number) external view returns (uint256) {
        uint8 kind = _kinds[inserter];
        if (kind == 0) revert NoteTreeNotInserter(inserter);
        return ClassId.derive(kind, block.chainid, inserter, number);
    }

    function _log(
        uint8 kind,
        uint256 leafIndex,
        uint256 commitment,
        uint256 classId,
        uint256 limit,
        uint256 expiry
    ) private returns (uint256 operation) {
        operation = _operationCount;
        _chains[operation + 1] = NoteLog.next(
            _chains[operation],
            INoteTree.Operation(operation, kind, leafIndex, commitment, classId, limit, expiry)
        );
        _operationCount = uint128(operation + 1);
    }
}
