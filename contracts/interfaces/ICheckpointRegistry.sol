// SPDX-License-Identifier: MIT
// solhint-disable use-natspec
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INoteTree} from "./INoteTree.sol";
import {IPostage} from "./IPostage.sol";

/// @title ICheckpointRegistry
/// @notice Who signs checkpoints and facts, what signers lose by signing something false, and how that is shown.
/// @notice Checkpoints are a chain: each names the one before, and states the root of the note tree after each
/// operation since. A signer answers for one checkpoint, and for its following from the one it names, whoever signed
/// that.
interface ICheckpointRegistry {
    /// @notice What is signed: `keccak256(abi.encode("pennypost/checkpoint/v1", header))`, with no prefix.
    /// @param sequence One more than the sequence of the checkpoint before; the first is number 1.
    /// @param previous The digest of the checkpoint before; 0 for the first.
    /// @param blockNumber Where the chain was read; `blockHash` is the hash of this block.
    /// @param operations The number of operations in the log.
    /// @param logHash The log's chain after them.
    /// @param root The root after them.
    /// @param rootsHash keccak256 of the concatenated roots after each operation since the last checkpoint.
    /// @param classesHash keccak256 of the encoded classes; not examined here.
    /// @param nodesHash keccak256 of the encoded node set; not examined here.
    /// @param leaksHash keccak256 of the leaked secrets; not examined here.
    /// @param signersHash keccak256 of the next signers and their threshold, each in 32 bytes; of nobody and 0 if they
    /// stay as they are.
    /// @param issuedAt Unix seconds.
    struct Header {
        bytes32 networkId;
        uint256 sequence;
        bytes32 previous;
        uint256 chainId;
        uint256 blockNumber;
        bytes32 blockHash;
        address noteTree;
        address registry;
        uint256 operations;
        bytes32 logHash;
        bytes32 root;
        bytes32 rootsHash;
        bytes32 classesHash;
        bytes32 nodesHash;
        bytes32 leaksHash;
        bytes32 signersHash;
        uint256 issuedAt;
    }

    /// @notice A checkpoint and its signatures: 65 bytes each, r, s, v of 27 or 28, low s. A reporter can convert any
    /// signature that nodes accept to this form.
    struct Signed {
        Header header;
        bytes[] signatures;
    }

    /// @notice One operation of the log, and the place of its leaf in the tree as it was before.
    /// @param leaf The leaf's value before the operation.
    /// @param siblings The path from the leaf to the root, lowest first.
    struct Step {
        INoteTree.Operation operation;
        uint256 leaf;
        uint256[20] siblings;
    }

    /// @notice A signer's bond. It can be withdrawn from `exitAt`; 0 until the signer requests its exit.
    struct Bond {
        uint96 amount;
        uint40 exitAt;
    }

    /// @notice The next signers; `rotateAt` is 0 if none are announced.
    struct Rotation {
        address[] signers;
        uint256 threshold;
        uint256 rotateAt;
    }

    /// @notice `signer` deposited a bond, and can become one of the signers.
    event Bonded(address indexed signer, uint256 amount);

    /// @notice `signer` is no longer a signer, or will not become one; its bond can be withdrawn from `exitAt`.
    event ExitRequested(address indexed signer, uint256 exitAt);

    /// @notice `signer` withdrew its bond.
    event Exited(address indexed signer, uint256 amount);

    /// @notice From `rotateAt`, `signers` can take office; `threshold` of them are enough.
    event RotationAnnounced(address[] signers, uint256 threshold, uint256 rotateAt);

    /// @notice `signers`, the announced ones who are bonded, have taken office.
    event Rotated(address[] signers, uint256 threshold);

    /// @notice `signer` signed something false and lost `amount`, of which `reporter` got `reward`.
    event SignerSlashed(address indexed signer, address indexed reporter, uint256 amount, uint256 reward);

    /// @notice The holder of this Baby Jubjub key may sign facts.
    event IssuerAdded(uint256 indexed x, uint256 indexed y);

    /// @notice The holder of this key may no longer sign facts.
    event IssuerRemoved(uint256 indexed x, uint256 indexed y);

    /// @notice `signer` already has a bond.
    error CheckpointRegistryAlreadyBonded(address signer);

    /// @notice `signer` has no bond.
    error CheckpointRegistryNotBonded(address signer);

    /// @notice The bond is exiting, and can be withdrawn from `exitAt`.
    error CheckpointRegistryExiting(uint256 exitAt);

    /// @notice The bond can be withdrawn from `exitAt`; 0: its exit was not requested.
    error CheckpointRegistryTooEarly(uint256 exitAt);

    /// @notice `threshold` is not above half of `count`, or is above `count`, or `count` is above 64.
    error CheckpointRegistryThresholdWrong(uint256 threshold, uint256 count);

    /// @notice The announced signers take office at `rotateAt`; 0: none are announced.
    error CheckpointRegistryNotYet(uint256 rotateAt);

    /// @notice The checkpoint is for another network, chain, tree or registry.
    error CheckpointRegistryForeign(bytes32 networkId, uint256 chainId, address noteTree, address registry);

    /// @notice What was shown as the checkpoint before has this digest, which is not the one that was signed.
    error CheckpointRegistryPreviousWrong(bytes32 digest);

    /// @notice The roots shown are not the ones that were signed.
    error CheckpointRegistryRootsWrong(bytes32 rootsHash);

    /// @notice There is no root number `i` among `count`.
    error CheckpointRegistryNoSuchRoot(uint256 i, uint256 count);

    /// @notice What was shown is not operation number `operation` of the log.
    error CheckpointRegistryOperationWrong(uint256 operation);

    /// @notice The leaf and its siblings are not under `root`.
    error CheckpointRegistryPathWrong(uint256 root);

    /// @notice What the checkpoint says here is true.
    error CheckpointRegistryTrue();

    /// @notice The two checkpoints are not about the same thing.
    error CheckpointRegistryUnrelated();

    /// @notice None of the signers has a bond.
    error CheckpointRegistryNobodyToSlash();

    /// @notice The key is not eight times the point shown, or is the neutral point: not shown to be in the subgroup.
    error CheckpointRegistryKeyOutsideSubgroup(uint256 x, uint256 y);

    /// @notice Deposits the bond, which the caller has allowed this contract to take. A key that has signed something
    /// false can be slashed for it again: a slashed signer needs a new key.
    function deposit() external;

    /// @notice Ends the caller's office at once, and starts the 30 days after which it can withdraw the bond.
    function requestExit() external returns (uint256 exitAt);

    /// @notice Sends the caller its bond.
    function exit() external returns (uint256 amount);

    /// @notice Announces the next signers: the first take office at once, later ones in 7 days. Only the owner.
    function announce(address[] calldata signers, uint256 threshold) external;

    /// @notice Puts the announced signers who are bonded into office. Anybody, from the announced time.
    function rotate() external;

    /// @notice Lets a key sign facts. Only the owner.
    /// @param eighth A point such that (x, y) is eight times it: shows that the key is in the subgroup.
    function addIssuer(uint256 x, uint256 y, uint256[2] calldata eighth) external;

    /// @notice No longer lets a key sign facts. Only the owner.
    function removeIssuer(uint256 x, uint256 y) external;

    /// @notice Slashes for a log that is not the tree's: it is longer, or its chain is another.
    function slashFalseLog(Signed calldata signed) external;

    /// @notice Slashes for a checkpoint that does not follow from the one it names, whoever signed that.
    /// @notice One follows if it is for the same network, chain, tree and registry; has the next number; is no older;
    /// has at most 1,024 operations more and none less; and, if none more, the same log and root. The first checkpoint
    /// follows from the empty log.
    /// @param previous What the checkpoint names; ignored if it names none.
    function slashBrokenChain(Signed calldata signed, Header calldata previous) external;

    /// @notice Slashes if root number `i` does not follow from the one before it, or the first from the root of the
    /// checkpoint before; or if there are more or fewer roots than operations since, whatever `i` and `step` are.
    /// @param previous What the checkpoint names; ignored if it names none.
    function slashFalseRoot(
        Signed calldata signed,
        Header calldata previous,
        bytes32[] calldata roots,
        uint256 i,
        Step calldata step
    ) external;

    /// @notice Slashes for a time more than 15 minutes ahead of the chain's, or a block hash that is not the chain's.
    /// The chain knows the hashes of the last 256 blocks.
    function slashFalseBlock(Signed calldata signed) external;

    /// @notice Slashes for naming next signers who were not in force, neither at the time of the checkpoint nor within
    /// the day before.
    function slashFalseSigners(Signed calldata signed) external;

    /// @notice Slashes those who signed two different checkpoints with one sequence number.
    function slashEquivocation(Signed calldata first, Signed calldata second) external;

    /// @notice The token that bonds are in.
    function token() external view returns (IERC20);

    /// @notice The tree that checkpoints are about.
    function tree() external view returns (INoteTree);

    /// @notice How tokens are destroyed here.
    function disposal() external view returns (IPostage.Disposal);

    /// @notice The network that checkpoints are about.
    function networkId() external view returns (bytes32);

    /// @notice What a signer has to deposit.
    function bond() external view returns (uint96);

    /// @notice The most a reporter gets per signer; a twentieth of the bond if that is less.
    function rewardCap() external view returns (uint256);

    /// @notice The signers.
    function signers() external view returns (address[] memory);

    /// @notice How many signers are enough.
    function threshold() external view returns (uint256);

    /// @notice The announced signers.
    function announced() external view returns (Rotation memory);

    /// @notice The bond of an account.
    function bondOf(address signer) external view returns (Bond memory);

    /// @notice Whether a key may sign facts.
    function isIssuer(uint256 x, uint256 y) external view returns (bool);

    /// @notice Until when a checkpoint may name these signers; 0 if never. As `signersHash` has them.
    function inForceUntil(bytes32 signersHash) external view returns (uint256);

    /// @notice What the signers of a checkpoint sign.
    function digestOf(Header calldata header) external pure returns (bytes32);
}
