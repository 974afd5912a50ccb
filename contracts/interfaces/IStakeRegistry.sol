// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INoteTree} from "./INoteTree.sol";
import {IPostage} from "./IPostage.sol";

/// @title IStakeRegistry
/// @notice Deposits that give so many tickets in every epoch, and cost their owner when it uses one ticket twice.
/// @notice Two uses of one ticket reveal the note's secret to whoever sees both. To slash is to know the secret of an
/// opening `(commitment, secretHash, personHash)` that the staker declared: P(7, secret) = secretHash. A declared
/// opening that is not one, P(1, secretHash, personHash) ≠ commitment, is slashed by showing it.
interface IStakeRegistry {
    /// @notice What a class of stakes costs and allows. Never changes once added.
    /// @param amount Of the deposit, in the token's smallest unit.
    /// @param penalty What of it is lost by slashing.
    /// @param limit Tickets in each epoch, 1…256.
    /// @param epochLength In seconds; epoch number n begins at n × epochLength.
    /// @param unitsPerTicket Units that one ticket opens a lane with.
    /// @param laneTtl The longest life of a lane that a ticket opens, in seconds.
    /// @param rootWindow How long a superseded root of the tree is still accepted, in seconds.
    struct Class {
        uint96 amount;
        uint96 penalty;
        uint16 limit;
        uint32 epochLength;
        uint32 unitsPerTicket;
        uint32 laneTtl;
        uint32 rootWindow;
    }

    /// @notice The inside of a note's commitment, P(1, secretHash, personHash), without the secret.
    struct Opening {
        uint256 commitment;
        uint256 secretHash;
        uint256 personHash;
    }

    /// @notice An account's stake; all zero where it has none.
    /// @param amount What it would get back.
    /// @param leafIndex Where the note is, or was, in the tree.
    /// @param exitAt When it can be fetched; 0 while it is in force.
    struct Stake {
        uint256 class;
        uint256 amount;
        uint256 leafIndex;
        uint256 exitAt;
        bool isSlashed;
    }

    /// @notice Stakes of class `class` can be made.
    event ClassAdded(uint256 indexed class, uint256 indexed classId, Class terms);

    /// @notice Stakes of class `class` can no longer be made; those that were stay what they are.
    event ClassClosed(uint256 indexed class);

    /// @notice `staker` deposited, and declared the opening of its note, now at `leafIndex` of the tree.
    event Staked(address indexed staker, uint256 indexed class, uint256 indexed leafIndex, Opening opening);

    /// @notice `staker`'s note is out of the tree; the deposit can be fetched at `exitAt`.
    event ExitRequested(address indexed staker, uint256 exitAt);

    /// @notice `staker` fetched `amount`.
    event Exited(address indexed staker, uint256 amount);

    /// @notice `reporter` will show something, later.
    event ReportCommitted(address indexed reporter, bytes32 report);

    /// @notice `staker` lost `penalty`, of which `reporter` got `reward` and the rest was burned.
    event Slashed(address indexed staker, address indexed reporter, uint256 penalty, uint256 reward);

    /// @notice `secret` is out: tickets made with it are anybody's, and are to be refused.
    event SecretRevealed(address indexed staker, uint256 indexed leafIndex, uint256 secret);

    /// @notice There is no class `class`.
    error StakeRegistryClassUnknown(uint256 class);

    /// @notice Class `class` is closed.
    error StakeRegistryClassClosed(uint256 class);

    /// @notice A new class's `field` has `value`, which is not in `least`…`most`.
    error StakeRegistryClassOutOfRange(string field, uint256 value, uint256 least, uint256 most);

    /// @notice `hash` is not below the order of the BN254 scalar field.
    error StakeRegistryHashOutOfRange(uint256 hash);

    /// @notice `staker` has a stake, in force or on its way out; an account has one at a time.
    error StakeRegistryStakedBefore(address staker);

    /// @notice `staker` has no stake.
    error StakeRegistryNotStaked(address staker);

    /// @notice The stake is on its way out, and can be fetched at `exitAt`.
    error StakeRegistryExiting(uint256 exitAt);

    /// @notice The stake is in force: ask for its exit first.
    error StakeRegistryInForce(address staker);

    /// @notice The stake can be fetched at `exitAt`, not before.
    error StakeRegistryTooEarly(uint256 exitAt);

    /// @notice The caller has committed to this report before.
    error StakeRegistryReportKnown(bytes32 report);

    /// @notice The caller has not committed to this report, or in this very block.
    error StakeRegistryReportNotReady(bytes32 report);

    /// @notice What was shown is not what `staker` declared.
    error StakeRegistryOpeningWrong(address staker);

    /// @notice What `staker` declared is the opening of its commitment: nothing to punish.
    error StakeRegistryOpeningRight(address staker);

    /// @notice `staker` was slashed before.
    error StakeRegistrySlashedBefore(address staker);

    /// @notice Adds a class of stakes and opens it. Only the owner.
    /// @return class Its number; the first is 1.
    function addClass(Class calldata terms) external returns (uint256 class);

    /// @notice Ends a class for new stakes, for ever. Only the owner.
    function closeClass(uint256 class) external;

    /// @notice Deposits the class's amount, which the caller has allowed this contract to take, and puts the note into
    /// the tree. A false opening is slashed like a cheat.
    /// @return leafIndex Where the note is.
    function stake(uint256 class, Opening calldata opening) external returns (uint256 leafIndex);

    /// @notice Stakes like `stake`, after using the caller's permit, which may fail if the allowance is there.
    function stakeWithPermit(
        uint256 class,
        Opening calldata opening,
        IPostage.Permit calldata permit
    ) external returns (uint256 leafIndex);

    /// @notice Takes the caller's note out of the tree. It can be slashed until it is fetched. Cannot be paused.
    /// @return exitAt One epoch, the class's root window and a day from now.
    function requestExit() external returns (uint256 exitAt);

    /// @notice Sends the caller its deposit, less the penalty if it was slashed. Cannot be paused.
    function exit() external returns (uint256 amount);

    /// @notice Binds the caller to a report, `reportOf(caller, staker, secret)`, without showing it: who copies the
    /// later `slash` from the mempool has not committed a block before.
    function commitSlash(bytes32 report) external;

    /// @notice Slashes by the secret of a stake's note. The caller committed to it in an earlier block.
    function slash(address staker, Opening calldata opening, uint256 secret) external;

    /// @notice Slashes a stake whose declared opening is not one. There is no secret to keep, so nothing is committed.
    function slashFalseOpening(address staker, Opening calldata opening) external;

    /// @notice Stops new stakes; exits and slashing go on. Only the owner.
    function pause() external;

    /// @notice Lets stakes be made again. Only the owner.
    function unpause() external;

    /// @notice The token of deposits.
    function token() external view returns (IERC20);

    /// @notice The tree that notes go into.
    function tree() external view returns (INoteTree);

    /// @notice How tokens are destroyed here.
    function disposal() external view returns (IPostage.Disposal);

    /// @notice The most a reporter gets; less where a twentieth of the penalty is less.
    function rewardCap() external view returns (uint256);

    /// @notice How many classes there are; they are numbered 1…classCount.
    function classCount() external view returns (uint256);

    /// @notice The terms of a class, open or closed.
    function classOf(uint256 class) external view returns (Class memory);

    /// @notice Whether a class is closed to new stakes.
    function isClosed(uint256 class) external view returns (bool);

    /// @notice The identifier that the notes of a class carry.
    function classIdOf(uint256 class) external view returns (uint256);

    /// @notice The stake of an account, for whoever claims by name. Only one with `exitAt` 0 is in force.
    function stakeOf(address staker) external view returns (Stake memory);

    /// @notice What `reporter` commits to before it slashes.
    function reportOf(address reporter, address staker, uint256 secret) external pure returns (bytes32);
}
