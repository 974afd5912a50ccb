// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INoteTree} from "./INoteTree.sol";
import {IPostage} from "./IPostage.sol";

/// @title ICheckpointRegistry
/// @notice Who signs checkpoints and facts, what signers lose by signing something false, and how that is shown.
/// @notice With each checkpoint a signer states the root of the note tree after each operation since the last one. It
/// loses its bond for two roots, in one checkpoint or in two, of which the second does not follow from the first by the
/// operation between them; for a root that does not follow from one proved here; and for a log that is not the tree's.
interface ICheckpointRegistry {
    /// @notice What is signed: `keccak256(abi.encode("pennypost/checkpoint/v1", header))`, with no prefix.
    /// @param sequence One more than the last checkpoint's.
    /// @param operations The number of operations in the log.
    /// @param logHash The log's chain after them.
    /// @param root The root after them.
    /// @param rootsHash keccak256 of the concatenated roots after each operation since the last checkpoint.
    /// @param classesHash keccak256 of the encoded classes; not examined here.
    /// @param nodesHash keccak256 of the encoded node set; not examined here.
    /// @param leaksHash keccak256 of the leaked secrets; not examined here.
    /// @param signersHash keccak256 of the next signers and their threshold; not examined here.
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

    /// @notice The root after `operations` operations is `root`: computed here, not signed.
    event RootProved(uint256 indexed operations, uint256 root);

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

    /// @notice The checkpoint is for another network, chain or tree.
    error CheckpointRegistryForeign(bytes32 networkId, uint256 chainId, address noteTree);

    /// @notice The roots shown are not the ones that were signed.
    error CheckpointRegistryRootsWrong(bytes32 rootsHash);

    /// @notice There is no root number `i` among `count`.
    error CheckpointRegistryNoSuchRoot(uint256 i, uint256 count);

    /// @notice The root after `operations` operations was not proved here.
    error CheckpointRegistryNotProved(uint256 operations);

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

    /// @notice Slashes for a log that is not the tree's (its length or chain is false), or for a last root that differs
    /// from the checkpoint's root.
    function slashFalseLog(Signed calldata signed, bytes32[] calldata roots) external;

    /// @notice Slashes if root number `i` does not follow from the one before it, or the first root from a proved one.
    /// Without any roots, `i` is 0, the root is compared with the proved one, and the step is ignored.
    function slashFalseRoot(Signed calldata signed, bytes32[] calldata roots, uint256 i, Step calldata step) external;

    /// @notice Slashes those who signed both checkpoints, if the first root of the second does not follow from the root
    /// of the first or, where the second has no roots, its root is not the same.
    function slashContradiction(
        Signed calldata first,
        Signed calldata second,
        bytes32[] calldata roots,
        Step calldata step
    ) external;

    /// @notice Slashes those who signed two different checkpoints with one sequence number.
    function slashEquivocation(Signed calldata first, Signed calldata second) external;

    /// @notice Computes from a proved root the one after the next operation. The empty tree's is proved from the start.
    function proveRoot(Step calldata step) external returns (uint256 root);

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

    /// @notice The proved root after `operations` operations; 0 if there is none.
    function provedRoot(uint256 operations) external view returns (uint256);

    /// @notice What the signers of a checkpoint sign.
    function digestOf(Header calldata header) external pure returns (bytes32);
}
