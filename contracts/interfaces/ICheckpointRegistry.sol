// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INoteSource} from "./INoteSource.sol";
import {INoteTree} from "./INoteTree.sol";
import {IPostage} from "./IPostage.sol";

/// @title ICheckpointRegistry
/// @notice Who signs checkpoints and facts, what signers lose by signing something false, and how that is shown.
/// @notice Checkpoints are a chain: each names the one before, and states the root of the note tree after each
/// operation since. A signer answers for one checkpoint, and for its following from the one it names, whoever signed
/// that.
interface ICheckpointRegistry {
    /// @notice What is signed: `keccak256(abi.encode("pennypost/checkpoint/v1", header))`, with no prefix.
    /// @param networkId keccak256 of the network's name.
    /// @param sequence One more than the sequence of the checkpoint before; the first is number 1.
    /// @param previous The digest of the checkpoint before; 0 for the first.
    /// @param chainId Of the chain that was read.
    /// @param blockNumber Where the chain was read; `blockHash` is the hash of this block.
    /// @param blockHash Its hash.
    /// @param noteTree The tree whose log it is.
    /// @param registry Where its signers are bonded.
    /// @param operations The number of operations in the log.
    /// @param logHash The log's chain after them.
    /// @param root The root of all trees after them; see TreeStep.
    /// @param rootsHash keccak256 of the concatenated roots after each operation since the last checkpoint.
    /// @param termsHash The hash of the network's terms.
    /// @param leaksHash keccak256 of the secrets that are out, ascending, each in 32 bytes.
    /// @param signersHash keccak256 of who signs the next checkpoints, how many of them are enough, and when their
    /// office ends, each in 32 bytes; of nobody, 0 and 0 if there is nobody in office.
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
        bytes32 termsHash;
        bytes32 leaksHash;
        bytes32 signersHash;
        uint256 issuedAt;
    }

    /// @notice A checkpoint and its signatures: 65 bytes each, r, s, v of 27 or 28, low s. A reporter can convert any
    /// signature that nodes accept to this form.
    /// @param header What is signed.
    /// @param signatures Of it.
    struct Signed {
        Header header;
        bytes[] signatures;
    }

    /// @notice One operation of the log, and the place of its leaf in the trees as they were before.
    /// @param operation As the log has it.
    /// @param leaf The leaf's value before the operation.
    /// @param siblings The path from the leaf to the root of its tree, lowest first.
    /// @param forest The path from there to the root of all trees.
    struct Step {
        INoteTree.Operation operation;
        uint256 leaf;
        uint256[20] siblings;
        bytes32[12] forest;
    }

    /// @notice A signer's bond. It can be withdrawn from `exitAt`; 0 until the signer requests its exit.
    /// @param amount In the token's smallest unit; 0 without a bond.
    /// @param exitAt Unix seconds.
    struct Bond {
        uint96 amount;
        uint40 exitAt;
    }

    /// @notice The next signers; `rotateAt` is 0 if none are announced.
    /// @param signers Who was announced.
    /// @param threshold How many of them are enough.
    /// @param rotateAt Unix seconds.
    struct Rotation {
        address[] signers;
        uint256 threshold;
        uint256 rotateAt;
    }

    /// @notice Where a class is found: class `number` of the contract `source`.
    /// @param source The contract.
    /// @param number From 1.
    struct ClassPlace {
        address source;
        uint32 number;
    }

    /// @notice A node of the network.
    /// @param url Where it answers.
    /// @param key Its Ed25519 key.
    struct Node {
        string url;
        bytes32 key;
    }

    /// @notice Who attests facts.
    /// @param url Where it answers.
    /// @param x The first coordinate of its Baby Jubjub key.
    /// @param y The second coordinate.
    struct Issuer {
        string url;
        uint256 x;
        uint256 y;
    }

    /// @notice What the owner chooses of the network's terms; see `Terms`.
    /// @param floor As in `Terms`.
    /// @param defaultRule As in `Terms`.
    /// @param requestBits As in `Terms`.
    /// @param checkpointSeconds As in `Terms`.
    /// @param classes Where the classes are found.
    /// @param nodes As in `Terms`.
    /// @param issuers As in `Terms`.
    struct Choice {
        string floor;
        string defaultRule;
        uint8 requestBits;
        uint32 checkpointSeconds;
        ClassPlace[] classes;
        Node[] nodes;
        Issuer[] issuers;
    }

    /// @notice What clients and nodes agree on.
    /// @param floor What every sender must meet, in the policy language.
    /// @param defaultRule What recipients ask who have published no rule.
    /// @param requestBits Leading zero bits of the work that a request costs.
    /// @param decimals Of the network's token.
    /// @param checkpointSeconds A checkpoint is due after so many seconds, even if the log has not grown.
    /// @param classes The classes whose notes count.
    /// @param nodes The network's nodes; they decide which one is home to a lane.
    /// @param issuers Whose word on facts counts, at most 16.
    struct Terms {
        string floor;
        string defaultRule;
        uint8 requestBits;
        uint8 decimals;
        uint32 checkpointSeconds;
        INoteSource.NoteClass[] classes;
        Node[] nodes;
        Issuer[] issuers;
    }

    /// @notice A field of a choice.
    enum Term {
        Floor,
        DefaultRule,
        RequestBits,
        CheckpointSeconds,
        Classes,
        Nodes,
        Issuers,
        Url
    }

    /// @notice `signer` deposited a bond, and can become one of the signers.
    /// @param signer Whose bond it is.
    /// @param amount In the token's smallest unit.
    event Bonded(address indexed signer, uint256 amount);

    /// @notice `signer` is no longer a signer, or will not become one; its bond can be withdrawn from `exitAt`.
    /// @param signer Whose bond it is.
    /// @param exitAt Unix seconds.
    event ExitRequested(address indexed signer, uint256 exitAt);

    /// @notice `signer` withdrew its bond.
    /// @param signer Whose bond it is.
    /// @param amount In the token's smallest unit.
    event Exited(address indexed signer, uint256 amount);

    /// @notice From `rotateAt`, `signers` can take office; `threshold` of them are enough.
    /// @param signers Who was announced.
    /// @param threshold How many of them are enough.
    /// @param rotateAt Unix seconds.
    event RotationAnnounced(address[] signers, uint256 threshold, uint256 rotateAt);

    /// @notice From now on `threshold` of `signers` are enough, until `officeEndsAt` or until others are in force.
    /// @param signers Who signs.
    /// @param threshold How many of them are enough.
    /// @param officeEndsAt Unix seconds; 0 for nobody.
    event SignersInForce(address[] signers, uint256 threshold, uint256 officeEndsAt);

    /// @notice From now on these are the network's terms.
    /// @param termsHash As headers have it.
    /// @param terms The terms.
    event TermsInForce(bytes32 indexed termsHash, Terms terms);

    /// @notice `signer` signed something false and lost `amount`, of which `reporter` got `reward`.
    /// @param signer Who signed.
    /// @param reporter Who showed it.
    /// @param amount In the token's smallest unit.
    /// @param reward What the reporter got of it.
    event SignerSlashed(address indexed signer, address indexed reporter, uint256 amount, uint256 reward);

    /// @notice Terms can name this Baby Jubjub key as an issuer's.
    /// @param x The key's first coordinate.
    /// @param y The key's second coordinate.
    event IssuerAdded(uint256 indexed x, uint256 indexed y);

    /// @notice No further terms can name this key as an issuer's.
    /// @param x The key's first coordinate.
    /// @param y The key's second coordinate.
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

    /// @notice The announced signers could take office until `endedAt`.
    error CheckpointRegistryTooLate(uint256 endedAt);

    /// @notice The network or the bond is zero.
    error CheckpointRegistryIncomplete();

    /// @notice `value` of a term is not in `least`…`most`; of a text its length, of a list the number of its entries.
    error CheckpointRegistryTermOutOfRange(Term term, uint256 value, uint256 least, uint256 most);

    /// @notice `source` puts no notes into the tree, or says of its class `number` that it is another.
    error CheckpointRegistryClassForeign(address source, uint256 number);

    /// @notice Terms cannot name this key as an issuer's.
    error CheckpointRegistryIssuerUnknown(uint256 x, uint256 y);

    /// @notice The terms name this issuer's key twice.
    error CheckpointRegistryIssuerTwice(uint256 x, uint256 y);

    /// @notice These are not the leaked secrets that were signed.
    error CheckpointRegistryLeaksWrong(bytes32 leaksHash);

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
    error CheckpointRegistryPathWrong(bytes32 root);

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
    /// @dev Reverts with `CheckpointRegistryAlreadyBonded`, `FundsNotReceived`, `ReentrancyGuardReentrantCall`, or an
    /// error of the token.
    function deposit() external;

    /// @notice Ends the caller's office at once. Its bond waits 30 days, and at least until the office would have
    /// ended: so long may somebody who has not heard of it follow what it signs.
    /// @dev Reverts with `CheckpointRegistryNotBonded`, or `CheckpointRegistryExiting`.
    /// @return exitAt From when on the caller can withdraw its bond.
    function requestExit() external returns (uint256 exitAt);

    /// @notice Sends the caller its bond.
    /// @dev Reverts with `CheckpointRegistryNotBonded`, `CheckpointRegistryTooEarly`, `ReentrancyGuardReentrantCall`,
    /// or an error of the token.
    /// @return amount What the caller got.
    function exit() external returns (uint256 amount);

    /// @notice Announces the next signers, who may be the same: they take office in 7 days, or at once if nobody is in
    /// office. Only the owner.
    /// @dev Reverts with `CheckpointRegistryThresholdWrong`, or `OwnableUnauthorizedAccount`.
    /// @param signers The next signers; those who are not bonded when the time comes are left out.
    /// @param threshold How many of them are enough: more than half.
    function announce(address[] calldata signers, uint256 threshold) external;

    /// @notice Puts the announced signers who are bonded into office, for 90 days. Anybody, from the announced time and
    /// for a week. If fewer are bonded than are enough, all of them are.
    /// @dev Reverts with `CheckpointRegistryNotYet`, `CheckpointRegistryTooLate`, or
    /// `CheckpointRegistryThresholdWrong` if none of those announced is bonded.
    function rotate() external;

    /// @notice Sets the network's terms; classes are read from the contracts that have them. Only the owner.
    /// @dev Reverts with `CheckpointRegistryTermOutOfRange`, `CheckpointRegistryClassForeign`,
    /// `CheckpointRegistryIssuerUnknown`, `CheckpointRegistryIssuerTwice`, `OwnableUnauthorizedAccount`, or the error
    /// of a contract that has no class of this number.
    /// @param chosen The terms, with the places of the classes.
    function setTerms(Choice calldata chosen) external;

    /// @notice Lets terms name a key as an issuer's. Only the owner.
    /// @dev Reverts with `CheckpointRegistryKeyOutsideSubgroup`, or `OwnableUnauthorizedAccount`.
    /// @param x The key's first coordinate.
    /// @param y The key's second coordinate.
    /// @param eighth A point such that (x, y) is eight times it: shows that the key is in the subgroup.
    function addIssuer(uint256 x, uint256 y, uint256[2] calldata eighth) external;

    /// @notice Lets no further terms name a key as an issuer's. Terms that are in force and name it stay as they are,
    /// since signers answer for what they say of them: the key counts until `setTerms` leaves it out. Only the owner.
    /// @dev Reverts with `CheckpointRegistryIssuerUnknown`, or `OwnableUnauthorizedAccount`.
    /// @param x The key's first coordinate.
    /// @param y The key's second coordinate.
    function removeIssuer(uint256 x, uint256 y) external;

    /// @notice Slashes for a header that says what the chain does not: a log longer than the tree's, or another; a time
    /// more than 15 minutes ahead of the chain's; the hash of another block, for the last 256 blocks; terms, or next
    /// signers, that were not in force, neither at the time of the checkpoint nor within the day before.
    /// @dev Reverts with `CheckpointRegistryForeign`, `CheckpointRegistryTrue`, `CheckpointRegistryNobodyToSlash`,
    /// `FundsNotDestroyed`, `ReentrancyGuardReentrantCall`, or an error of the token.
    /// @param signed The checkpoint, and the signatures of those who answer for it.
    function slashFalseHeader(Signed calldata signed) external;

    /// @notice Slashes for listing `secret`, which no stake's was; or for leaving it out, though a slashed stake's
    /// secret has to be listed from then on until tickets made with it no longer count. Only 256 have to be.
    /// @notice Also for a list that does not ascend, whatever `secret` is.
    /// @dev Reverts with `CheckpointRegistryForeign`, `CheckpointRegistryLeaksWrong`, `CheckpointRegistryTrue`,
    /// `CheckpointRegistryNobodyToSlash`, `FundsNotDestroyed`, `ReentrancyGuardReentrantCall`, or an error of the
    /// token.
    /// @param signed The checkpoint, and the signatures of those who answer for it.
    /// @param leaks The secrets that were signed.
    /// @param secret The one that is listed or left out.
    function slashFalseLeaks(Signed calldata signed, uint256[] calldata leaks, uint256 secret) external;

    /// @notice Slashes for a checkpoint that does not follow from the one it names, whoever signed that.
    /// @notice One follows if it is for the same network, chain, tree and registry; has the next number; is no older;
    /// has at most 1,024 operations more and none less; and, if none more, the same log and root. The first checkpoint
    /// follows from the empty log.
    /// @dev Reverts with `CheckpointRegistryForeign`, `CheckpointRegistryPreviousWrong`, `CheckpointRegistryTrue`,
    /// `CheckpointRegistryNobodyToSlash`, `FundsNotDestroyed`, `ReentrancyGuardReentrantCall`, or an error of the
    /// token.
    /// @param signed The checkpoint, and the signatures of those who answer for it.
    /// @param previous What the checkpoint names; ignored if it names none.
    function slashBrokenChain(Signed calldata signed, Header calldata previous) external;

    /// @notice Slashes if root number `i` does not follow from the one before it, or the first from the root of the
    /// checkpoint before; or if there are more or fewer roots than operations since, whatever `i` and `step` are.
    /// @dev Reverts with `CheckpointRegistryForeign`, `CheckpointRegistryRootsWrong`,
    /// `CheckpointRegistryPreviousWrong`, `CheckpointRegistryNoSuchRoot`, `CheckpointRegistryOperationWrong`,
    /// `CheckpointRegistryPathWrong`, `CheckpointRegistryTrue`, `NoteTreeLogShorter`,
    /// `CheckpointRegistryNobodyToSlash`, `FundsNotDestroyed`, `ReentrancyGuardReentrantCall`, or an error of the
    /// token.
    /// @param signed The checkpoint, and the signatures of those who answer for it.
    /// @param previous What the checkpoint names; ignored if it names none.
    /// @param roots The roots that were signed.
    /// @param i Which of them, from 0.
    /// @param step The operation after which it is the root, and the paths to the root before.
    function slashFalseRoot(
        Signed calldata signed,
        Header calldata previous,
        bytes32[] calldata roots,
        uint256 i,
        Step calldata step
    ) external;

    /// @notice Slashes those who signed two different checkpoints with one sequence number.
    /// @dev Reverts with `CheckpointRegistryForeign`, `CheckpointRegistryUnrelated`, `CheckpointRegistryTrue`,
    /// `CheckpointRegistryNobodyToSlash`, `FundsNotDestroyed`, `ReentrancyGuardReentrantCall`, or an error of the
    /// token.
    /// @param first One of them.
    /// @param second The other; its signatures have to be of the same signers.
    function slashEquivocation(Signed calldata first, Signed calldata second) external;

    /// @notice The token that bonds are in.
    /// @return The token.
    function token() external view returns (IERC20);

    /// @notice The tree that checkpoints are about.
    /// @return The tree.
    function tree() external view returns (INoteTree);

    /// @notice How tokens are destroyed here.
    /// @return The way.
    function disposal() external view returns (IPostage.Disposal);

    /// @notice The network that checkpoints are about.
    /// @return keccak256 of the network's name.
    function networkId() external view returns (bytes32);

    /// @notice What a signer has to deposit.
    /// @return The amount, in the token's smallest unit.
    function bond() external view returns (uint96);

    /// @notice The most a reporter gets per signer; a twentieth of the bond if that is less.
    /// @return The bound, in the token's smallest unit.
    function rewardCap() external view returns (uint256);

    /// @notice The signers.
    /// @return Their addresses.
    function signers() external view returns (address[] memory);

    /// @notice How many signers are enough.
    /// @return The number.
    function threshold() external view returns (uint256);

    /// @notice The announced signers.
    /// @return They, and when they can take office.
    function announced() external view returns (Rotation memory);

    /// @notice The bond of an account.
    /// @param signer The account.
    /// @return All zero if there is none.
    function bondOf(address signer) external view returns (Bond memory);

    /// @notice Whether terms can name a key as an issuer's. Whose word counts, the terms in force say.
    /// @param x The key's first coordinate.
    /// @param y The key's second coordinate.
    /// @return Whether they can.
    function isIssuer(uint256 x, uint256 y) external view returns (bool);

    /// @notice When the signers' office ends, unless others take office before; 0 if there are none.
    /// @return Unix seconds.
    function officeEndsAt() external view returns (uint256);

    /// @notice The hash of the network's terms; 0 while there are none.
    /// @return The hash.
    function termsHash() external view returns (bytes32);

    /// @notice How many `SignersInForce` and `TermsInForce` there were: whoever reads them knows if one was left out.
    /// @return The number of both together.
    function changeCount() external view returns (uint256);

    /// @notice The decimals of the token.
    /// @return The number.
    function decimals() external view returns (uint8);

    /// @notice Until when a checkpoint may name these signers; 0 if never.
    /// @param signersHash As its header has it.
    /// @return Unix seconds.
    function signersInForceUntil(bytes32 signersHash) external view returns (uint256);

    /// @notice Until when a checkpoint may name these terms; 0 if never.
    /// @param termsHash As its header has it.
    /// @return Unix seconds.
    function termsInForceUntil(bytes32 termsHash) external view returns (uint256);

    /// @notice What the signers of a checkpoint sign.
    /// @param header What is signed.
    /// @return The digest.
    function digestOf(Header calldata header) external pure returns (bytes32);
}
