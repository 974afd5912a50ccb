// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INoteTree} from "./INoteTree.sol";
import {IPostage} from "./IPostage.sol";

/// @title ICheckpointRegistry
/// @notice Who signs checkpoints and facts, what signers lose by signing what is not so, and how that is shown.
/// @notice A signer states by a checkpoint what the root of the note tree was after each of the last operations. Two
/// of its statements that do not follow from each other by the operation between them, in one checkpoint or in two,
/// cost it its bond; so does one that does not follow from what was proved here, and a log that is not the tree's.
interface ICheckpointRegistry {
    /// @notice What is signed: `keccak256(abi.encode("pennypost/checkpoint/v1", header))`, without any prefix.
    /// @param sequence One more than the last checkpoint's.
    /// @param operations How many operations the log has.
    /// @param logHash The log's chain after them.
    /// @param root The root after them.
    /// @param rootsHash keccak256 of the roots after each operation since the last checkpoint, one after the other.
    /// @param classesHash keccak256 of the encoded classes; not looked into here.
    /// @param nodesHash keccak256 of the encoded node set; not looked into here.
    /// @param leaksHash keccak256 of the leaked secrets; not looked into here.
    /// @param signersHash keccak256 of the next signers and their threshold; not looked into here.
    struct Header {
        bytes32 networkId;
        uint256 sequence;
        uint256 chainId;
        uint256 blockNumber;
        bytes32 blockHash;
        address noteTree;
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

    /// @notice A checkpoint and signatures of it: 65 bytes each, r, s, v of 27 or 28, low s. A reporter can bring any
    /// signature that nodes accept into this form.
    struct Signed {
        Header header;
        bytes[] signatures;
    }

    /// @notice One operation of the log, and where in the tree before it its leaf is.
    /// @param leaf What is at the operation's leaf before it.
    /// @param siblings The path from there to the root, lowest first.
    struct Step {
        INoteTree.Operation operation;
        uint256 leaf;
        uint256[20] siblings;
    }

    /// @notice A signer's bond. `exitAt` is when it can be fetched; 0 while the signer has not asked for it.
    struct Bond {
        uint96 amount;
        uint40 exitAt;
    }

    /// @notice The next signers; `rotateAt` is 0 where none are announced.
    struct Rotation {
        address[] signers;
        uint256 threshold;
        uint256 rotateAt;
    }

    /// @notice `signer` left a bond, and can be among the signers.
    event Bonded(address indexed signer, uint256 amount);

    /// @notice `signer` is no signer any more, or will not become one; its bond can be fetched at `exitAt`.
    event ExitRequested(address indexed signer, uint256 exitAt);

    /// @notice `signer` fetched its bond.
    event Exited(address indexed signer, uint256 amount);

    /// @notice From `rotateAt` on `signers` can become the signers, `threshold` of which are enough.
    event RotationAnnounced(address[] signers, uint256 threshold, uint256 rotateAt);

    /// @notice `signers`, those of the announced ones who are bonded, are the signers.
    event Rotated(address[] signers, uint256 threshold);

    /// @notice `signer` signed what is not so and lost `amount`, of which `reporter` got `reward`.
    event SignerSlashed(address indexed signer, address indexed reporter, uint256 amount, uint256 reward);

    /// @notice The root after `operations` operations is `root`: computed here, not signed.
    event RootProved(uint256 indexed operations, uint256 root);

    /// @notice The owner of a key on Baby Jubjub may sign facts.
    event IssuerAdded(uint256 indexed x, uint256 indexed y);

    /// @notice It may no longer.
    event IssuerRemoved(uint256 indexed x, uint256 indexed y);

    /// @notice `signer` has left a bond.
    error CheckpointRegistryBondedBefore(address signer);

    /// @notice `signer` has no bond.
    error CheckpointRegistryNotBonded(address signer);

    /// @notice The bond is on its way out, and can be fetched at `exitAt`.
    error CheckpointRegistryExiting(uint256 exitAt);

    /// @notice The bond can be fetched at `exitAt`; 0: its exit was not asked for.
    error CheckpointRegistryTooEarly(uint256 exitAt);

    /// @notice `threshold` is not more than half of `count` signers, or is more than all, or `count` is above 64.
    error CheckpointRegistryThresholdWrong(uint256 threshold, uint256 count);

    /// @notice Nothing is announced, or for `rotateAt`.
    error CheckpointRegistryNotYet(uint256 rotateAt);

    /// @notice The checkpoint is of another network, chain or tree.
    error CheckpointRegistryForeign(bytes32 networkId, uint256 chainId, address noteTree);

    /// @notice The roots shown are not those that were signed.
    error CheckpointRegistryRootsWrong(bytes32 rootsHash);

    /// @notice There is no root number `i` among `count`.
    error CheckpointRegistryNoSuchRoot(uint256 i, uint256 count);

    /// @notice The root after `operations` operations was not proved here.
    error CheckpointRegistryNotProved(uint256 operations);

    /// @notice What was shown is not operation number `operation` of the log.
    error CheckpointRegistryOperationWrong(uint256 operation);

    /// @notice The leaf and its siblings are not under `root`.
    error CheckpointRegistryPathWrong(uint256 root);

    /// @notice The checkpoint says in this place what is so.
    error CheckpointRegistryTrue();

    /// @notice The two checkpoints do not speak of the same thing.
    error CheckpointRegistryUnrelated();

    /// @notice Nobody who has a bond signed.
    error CheckpointRegistryNobodyToSlash();

    /// @notice The key is not eight times the point shown, or is the neutral point: it is outside the subgroup.
    error CheckpointRegistryKeyOutsideSubgroup(uint256 x, uint256 y);

    /// @notice Leaves the bond, which the caller has allowed this contract to take. A key that has signed what is not
    /// so can be slashed for it again: who was slashed takes another.
    function deposit() external;

    /// @notice Ends the caller's signing at once, and starts the 30 days after which it can fetch the bond.
    function requestExit() external returns (uint256 exitAt);

    /// @notice Sends the caller its bond.
    function exit() external returns (uint256 amount);

    /// @notice Announces the next signers: at once for the first ones, in 7 days for all others. Only the owner.
    function announce(address[] calldata signers, uint256 threshold) external;

    /// @notice Makes those of the announced signers who are bonded the signers. Anybody, from the announced time on.
    function rotate() external;

    /// @notice Lets a key sign facts. Only the owner.
    /// @param eighth A point of which (x, y) is eight times: shows that the key is in the subgroup.
    function addIssuer(uint256 x, uint256 y, uint256[2] calldata eighth) external;

    /// @notice Ends that. Only the owner.
    function removeIssuer(uint256 x, uint256 y) external;

    /// @notice Slashes for a log that is not the tree's: its length or chain is false, or the last of the roots is not
    /// the root.
    function slashFalseLog(Signed calldata signed, bytes32[] calldata roots) external;

    /// @notice Slashes for root number `i`, which does not follow from the one before it; for the first from a proved
    /// one. With no roots at all, `i` is 0, the root is compared with the proved one, and the step is not looked at.
    function slashFalseRoot(Signed calldata signed, bytes32[] calldata roots, uint256 i, Step calldata step) external;

    /// @notice Slashes who signed both checkpoints, where the first root of the second does not follow from the root
    /// of the first, or, if the second has no roots, is not the same.
    function slashContradiction(
        Signed calldata first,
        Signed calldata second,
        bytes32[] calldata roots,
        Step calldata step
    ) external;

    /// @notice Slashes who signed both of two different checkpoints with one sequence number.
    function slashEquivocation(Signed calldata first, Signed calldata second) external;

    /// @notice Computes the root after one more operation from a proved one. The empty tree's is proved from the start.
    function proveRoot(Step calldata step) external returns (uint256 root);

    /// @notice The token of bonds.
    function token() external view returns (IERC20);

    /// @notice The tree that checkpoints are about.
    function tree() external view returns (INoteTree);

    /// @notice How tokens are destroyed here.
    function disposal() external view returns (IPostage.Disposal);

    /// @notice The network that checkpoints are about.
    function networkId() external view returns (bytes32);

    /// @notice What a signer has to leave.
    function bond() external view returns (uint96);

    /// @notice The most a reporter gets for each signer; less where a twentieth of the bond is less.
    function rewardCap() external view returns (uint256);

    /// @notice The signers.
    function signers() external view returns (address[] memory);

    /// @notice How many of them are enough.
    function threshold() external view returns (uint256);

    /// @notice What is announced.
    function announced() external view returns (Rotation memory);

    /// @notice The bond of an account.
    function bondOf(address signer) external view returns (Bond memory);

    /// @notice Whether a key may sign facts.
    function isIssuer(uint256 x, uint256 y) external view returns (bool);

    /// @notice The proved root after `operations` operations; 0 where there is none.
    function provedRoot(uint256 operations) external view returns (uint256);

    /// @notice What signers of a checkpoint sign.
    function digestOf(Header calldata header) external pure returns (bytes32);
}
