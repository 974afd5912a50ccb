// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title INoteTree
/// @notice The log of everything that has happened to the note trees: leaves appended, leaves zeroed.
/// @notice The contract keeps no tree. Provers build them from the log's events: Poseidon trees (depth 20, binary), one
/// after the other, each with room for `capacity` notes; leaf i is in tree i / capacity, at place i % capacity. One
/// keccak chain over all operations, stored at each one, tells anyone whether such a log is complete and in order.
interface INoteTree {
    /// @notice One operation. For a zeroing the last four fields are zero.
    /// @param index Its number in the log, from 0.
    /// @param kind 1 for an append, 2 for a zeroing.
    /// @param leafIndex The leaf's number in the log, through all trees.
    struct Operation {
        uint256 index;
        uint8 kind;
        uint256 leafIndex;
        uint256 commitment;
        uint256 classId;
        uint256 limit;
        uint256 expiry;
    }

    /// @notice A secret that is out, of a stake that was slashed; tickets made with it may count until `until`. Both
    /// times are 0 for one that is not.
    struct Leak {
        uint40 since;
        uint40 until;
    }

    /// @notice `inserter` may append notes of `kind` from now on, and zero its own unless they are permanent.
    /// @param inserter The contract that appends.
    /// @param kind 1 for stamps, 2 for stakes, 4 for payments.
    event InserterAdded(address indexed inserter, uint8 kind);

    /// @notice Operation number `operation` put a note at `leafIndex`.
    /// @notice The leaf is Poseidon(commitment, classId, limit, expiry).
    /// @param operation The operation's number in the log.
    /// @param leafIndex The place in the tree.
    /// @param classId The note's class.
    /// @param commitment What hides the secrets of the note.
    /// @param limit How many tickets the note gives.
    /// @param expiry Unix time after which it gives none.
    event NoteAppended(
        uint256 indexed operation,
        uint256 indexed leafIndex,
        uint256 indexed classId,
        uint256 commitment,
        uint256 limit,
        uint256 expiry
    );

    /// @notice Operation number `operation` set the leaf at `leafIndex` back to zero, for good.
    /// @param operation The operation's number in the log.
    /// @param leafIndex The place in the tree.
    event NoteZeroed(uint256 indexed operation, uint256 indexed leafIndex);

    /// @notice `secret` is out; tickets made with it may count until `until`.
    /// @param secret The secret of a stake that was slashed.
    /// @param until Unix time.
    event SecretLeaked(uint256 indexed secret, uint256 until);

    /// @notice `caller` is not an inserter of stakes.
    error NoteTreeNotForStakes(address caller);

    /// @notice `caller` is not an inserter.
    error NoteTreeNotInserter(address caller);

    /// @notice `inserter` was already added, for `kind`.
    error NoteTreeInserterKnown(address inserter, uint8 kind);

    /// @notice `kind` is not 1 (stamp), 2 (stake) or 4 (payment).
    error NoteTreeKindUnknown(uint8 kind);

    /// @notice `commitment` is not below the order of the BN254 scalar field.
    error NoteTreeCommitmentOutOfRange(uint256 commitment);

    /// @notice `limit` is not in 1…256.
    error NoteTreeLimitOutOfRange(uint256 limit);

    /// @notice `expiry` does not fit into 40 bits.
    error NoteTreeExpiryOutOfRange(uint256 expiry);

    /// @notice `capacity` is not a power of two from 2 to 2^20.
    error NoteTreeCapacityWrong(uint256 capacity);

    /// @notice All leaves of all 4,096 trees are taken.
    error NoteTreeFull();

    /// @notice `caller` may not zero the leaf at `leafIndex`: it is another's, permanent, already zeroed, or not there.
    error NoteTreeLeafNotHeld(uint256 leafIndex, address caller);

    /// @notice The log has fewer than `count` operations.
    error NoteTreeLogShorter(uint256 count);

    /// @notice Lets `inserter` append notes of `kind`, for ever. Only the owner.
    /// @notice There is no removal: an inserter must always be able to take its notes out again.
    /// @dev Reverts with `CodeMissing` for nobody, `NoteTreeKindUnknown`, `NoteTreeInserterKnown`, or
    /// `OwnableUnauthorizedAccount`.
    /// @param inserter The contract that appends.
    /// @param kind 1 for stamps, 2 for stakes, 4 for payments.
    function addInserter(address inserter, uint8 kind) external;

    /// @notice Appends a note. Only an inserter.
    /// @notice The class is the inserter's own class `number`: nobody can append to another contract's class.
    /// @notice A commitment that is already there is appended again: refusing it would let a stranger who copied it
    /// from the mempool make its owner's transaction fail.
    /// @dev Reverts with `NoteTreeNotInserter`, `NoteTreeCommitmentOutOfRange`, `NoteTreeLimitOutOfRange`,
    /// `NoteTreeExpiryOutOfRange`, or `NoteTreeFull`.
    /// @param commitment Hides the secrets that the note's owner proves to know.
    /// @param number The number of the inserter's class.
    /// @param limit How many tickets the note gives (per period, for classes with periods), 1…256.
    /// @param expiry Unix time after which the note gives no tickets, below 2^40.
    /// @return leafIndex Where the note is, counted through all trees.
    function append(
        uint256 commitment,
        uint256 number,
        uint256 limit,
        uint256 expiry
    ) external returns (uint256 leafIndex);

    /// @notice Sets a stake's leaf to zero, once; all other leaves are permanent. Only the inserter that appended it.
    /// @dev Reverts with `NoteTreeLeafNotHeld`.
    /// @param leafIndex The place in the tree.
    function zero(uint256 leafIndex) external;

    /// @notice Says that a stake's secret is out, so that checkpoints have to list it. Only an inserter of stakes.
    /// @dev Reverts with `NoteTreeNotForStakes`.
    /// @param secret The secret.
    /// @param until Unix time until which tickets made with it may count, below 2^40.
    function reveal(uint256 secret, uint256 until) external;

    /// @notice Since when a secret is out, and until when tickets made with it may count.
    /// @param secret The secret.
    /// @return The two times.
    function leakOf(uint256 secret) external view returns (Leak memory);

    /// @notice How often secrets were said to be out, so that who reads the events can tell whether one is missing.
    /// @return The number of `SecretLeaked` events.
    function leakCount() external view returns (uint256);

    /// @notice How many notes one tree has room for; the next is begun when it is full.
    function capacity() external view returns (uint256);

    /// @notice How many operations the log has.
    /// @return The number of operations.
    function operationCount() external view returns (uint256);

    /// @notice How many leaves were appended; the next leaf's index.
    /// @return The number of leaves.
    function leafCount() external view returns (uint256);

    /// @notice The chain hash after the newest operation; 0 while the log is empty.
    /// @return The hash.
    function chain() external view returns (bytes32);

    /// @notice The chain hash after the first `count` operations; 0 for none.
    /// @notice Kept for every operation, so that a checkpoint of any age, and any single operation, can be checked.
    /// @dev Reverts with `NoteTreeLogShorter`.
    /// @param count How many operations.
    /// @return The hash.
    function chainAt(uint256 count) external view returns (bytes32);

    /// @notice What `account` may append: 1 stamps, 2 stakes, 4 payments, 0 nothing.
    /// @param account Any account.
    /// @return The kind.
    function kindOf(address account) external view returns (uint8);

    /// @notice The class identifier of `inserter`'s class `number`.
    /// @dev Reverts with `NoteTreeNotInserter`.
    /// @param inserter The contract that appends.
    /// @param number The number of the inserter's class.
    /// @return The identifier, a field element.
    function classIdOf(address inserter, uint256 number) external view returns (uint256);
}
