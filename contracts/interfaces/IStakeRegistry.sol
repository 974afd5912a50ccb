// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INoteTree} from "./INoteTree.sol";
import {IPostage} from "./IPostage.sol";

/// @title IStakeRegistry
/// @notice Deposits that give a number of tickets in every epoch, and are lost in part by using one ticket twice.
/// @notice Two uses of one ticket reveal the note's secret to whoever sees both. Slashing takes the secret of the
/// opening `(commitment, secretHash, personHash)` that the staker declared: P(7, secret) = secretHash. A false
/// opening, P(1, secretHash, personHash) ≠ commitment, is slashed by showing it.
/// @notice The reward is the first reporter's: of those who show, until ten minutes after the slash, what they
/// committed to at most ten minutes before. A cheater knows of its cheating before anybody else: one that commits at
/// the time, from another account, gets the reward and so loses a twentieth less. What is burned is burned whoever
/// reports.
interface IStakeRegistry {
    /// @notice A term of a class.
    enum Field {
        Amount,
        Penalty,
        Limit,
        EpochLength,
        UnitsPerTicket,
        LaneTtl,
        RootWindow
    }

    /// @notice What a class of stakes costs and allows. It never changes.
    /// @param amount The deposit, in the token's smallest unit.
    /// @param penalty The part of it that slashing takes.
    /// @param limit Tickets in each epoch, 1…256.
    /// @param epochLength In seconds; epoch number n begins at n × epochLength.
    /// @param unitsPerTicket Units of the lane that one ticket opens.
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

    /// @notice What a note's commitment P(1, secretHash, personHash) hides, except the secret.
    struct Opening {
        uint256 commitment;
        uint256 secretHash;
        uint256 personHash;
    }

    /// @notice An account's stake; all zero if it has none.
    /// @param amount What the account would get back.
    /// @param leafIndex Where the note is, or was, in the tree.
    /// @param exitAt When it can be withdrawn; 0 while it is in force.
    struct Stake {
        uint256 class;
        uint256 amount;
        uint256 leafIndex;
        uint256 exitAt;
        bool isSlashed;
    }

    /// @notice A reward that was not collected yet; all zero if there is none.
    /// @param reporter Who gets it, as it stands.
    /// @param committedAt When that reporter committed to its report; one who did so earlier takes its place.
    /// @param payableAt When it can be collected; until then an earlier reporter can take it.
    /// @param class Of the stake that was slashed.
    struct Reward {
        address reporter;
        uint40 committedAt;
        uint40 payableAt;
        uint16 class;
    }

    /// @notice Stakes of class `class` can be made.
    /// @param class The number of the class.
    /// @param classId What its notes carry.
    /// @param terms What it costs and allows.
    event ClassAdded(uint256 indexed class, uint256 indexed classId, Class terms);

    /// @notice Stakes of class `class` can no longer be made; existing ones stay in force.
    /// @param class The number of the class.
    event ClassClosed(uint256 indexed class);

    /// @notice `staker` deposited, and declared the opening of its note, now at `leafIndex` of the tree.
    /// @param staker Whose stake it is.
    /// @param class The number of the class.
    /// @param leafIndex Where the note is, or was, in the tree.
    /// @param opening What the staker declares, or declared.
    event Staked(address indexed staker, uint256 indexed class, uint256 indexed leafIndex, Opening opening);

    /// @notice `staker`'s note is out of the tree; the deposit can be withdrawn from `exitAt`.
    /// @param staker Whose stake it is.
    /// @param exitAt Unix time from which the deposit can be withdrawn.
    event ExitRequested(address indexed staker, uint256 exitAt);

    /// @notice `staker` withdrew `amount`.
    /// @param staker Whose stake it is.
    /// @param amount In the token's smallest unit.
    event Exited(address indexed staker, uint256 amount);

    /// @notice `reporter` committed to a report that it will show later.
    /// @param reporter Who reports.
    /// @param report The hash that was committed to.
    event ReportCommitted(address indexed reporter, bytes32 report);

    /// @notice `staker` lost `penalty`, of which `reward` waits for the first reporter, `reporter` unless somebody
    /// shows an earlier report; the rest was burned.
    /// @param staker Whose stake it is.
    /// @param reporter Who reports.
    /// @param penalty What the staker lost.
    /// @param reward What the first reporter gets of it.
    event Slashed(address indexed staker, address indexed reporter, uint256 penalty, uint256 reward);

    /// @notice `reporter` committed earlier than whoever slashed `staker`, whose note was at `leafIndex`.
    /// @param staker Whose stake it is.
    /// @param reporter Who reports.
    /// @param leafIndex Where the note is, or was, in the tree.
    event ReportedEarlier(address indexed staker, address indexed reporter, uint256 indexed leafIndex);

    /// @notice `reporter` was paid for the slashing of the stake whose note was at `leafIndex`.
    /// @param reporter Who reports.
    /// @param leafIndex Where the note is, or was, in the tree.
    /// @param amount In the token's smallest unit.
    event Rewarded(address indexed reporter, uint256 indexed leafIndex, uint256 amount);

    /// @notice `secret` is public: anybody can make tickets with it, so they are to be refused.
    /// @param staker Whose stake it is.
    /// @param leafIndex Where the note is, or was, in the tree.
    /// @param secret Of the stake's note.
    event SecretRevealed(address indexed staker, uint256 indexed leafIndex, uint256 secret);

    /// @notice There is no class `class`.
    error StakeRegistryClassUnknown(uint256 class);

    /// @notice Class `class` is closed.
    error StakeRegistryClassClosed(uint256 class);

    /// @notice A new class's `field` has `value`, which is not in `least`…`most`.
    error StakeRegistryClassOutOfRange(Field field, uint256 value, uint256 least, uint256 most);

    /// @notice `hash` is not below the order of the BN254 scalar field.
    error StakeRegistryHashOutOfRange(uint256 hash);

    /// @notice `staker` already has a stake, in force or exiting; an account has one at a time.
    error StakeRegistryAlreadyStaked(address staker);

    /// @notice `staker` has no stake.
    error StakeRegistryNotStaked(address staker);

    /// @notice The stake is exiting, and can be withdrawn from `exitAt`.
    error StakeRegistryExiting(uint256 exitAt);

    /// @notice The stake is in force: request its exit first.
    error StakeRegistryInForce(address staker);

    /// @notice The stake cannot be withdrawn before `exitAt`.
    error StakeRegistryTooEarly(uint256 exitAt);

    /// @notice The caller has committed to this report less than ten minutes ago.
    error StakeRegistryReportKnown(bytes32 report);

    /// @notice The caller has not committed to this report, or did so only in this block, or more than ten minutes
    /// ago.
    error StakeRegistryReportNotReady(bytes32 report);

    /// @notice What was shown is not what `staker` declared.
    error StakeRegistryOpeningWrong(address staker);

    /// @notice What `staker` declared does open its commitment: there is nothing to slash.
    error StakeRegistryOpeningTrue(address staker);

    /// @notice `staker` was already slashed, by somebody who did not commit later, or whom nobody can outdo any more.
    error StakeRegistryAlreadySlashed(address staker);

    /// @notice Nothing is due for a slash of the note at `leafIndex`.
    error StakeRegistryNoReward(uint256 leafIndex);

    /// @notice The reward cannot be collected before `payableAt`.
    error StakeRegistryRewardOpen(uint256 payableAt);

    /// @notice Adds a class of stakes and opens it. Only the owner.
    /// @dev Reverts with `StakeRegistryClassOutOfRange`, or `OwnableUnauthorizedAccount`.
    /// @param terms What it costs and allows.
    /// @return class Its number; the first is 1.
    function addClass(Class calldata terms) external returns (uint256 class);

    /// @notice Closes a class to new stakes, for good. Only the owner.
    /// @dev Reverts with `StakeRegistryClassUnknown`, `StakeRegistryClassClosed`, or `OwnableUnauthorizedAccount`.
    /// @param class The number of the class.
    function closeClass(uint256 class) external;

    /// @notice Deposits the class's amount, which the caller has allowed this contract to take, and puts the note into
    /// the tree. A false opening is slashed as cheating is.
    /// @dev Reverts with `StakeRegistryClassUnknown`, `StakeRegistryClassClosed`, `StakeRegistryAlreadyStaked`,
    /// `StakeRegistryHashOutOfRange`, `FundsNotReceived`, `EnforcedPause`, `ReentrancyGuardReentrantCall`, an error of
    /// the tree's `append`, or of the token.
    /// @param class The number of the class.
    /// @param opening What the staker declares, or declared.
    /// @return leafIndex Where the note is.
    function stake(uint256 class, Opening calldata opening) external returns (uint256 leafIndex);

    /// @notice Stakes like `stake`, after using the caller's permit, which may fail if the allowance is there.
    /// @dev Reverts with the errors of `stake`.
    /// @param class The number of the class.
    /// @param opening What the staker declares, or declared.
    /// @param permit By the caller, for exactly the deposit.
    /// @return leafIndex Where the note is.
    function stakeWithPermit(
        uint256 class,
        Opening calldata opening,
        IPostage.Permit calldata permit
    ) external returns (uint256 leafIndex);

    /// @notice Takes the caller's note out of the tree. The stake can be slashed until withdrawn. Cannot be paused.
    /// @dev Reverts with `StakeRegistryNotStaked`, `StakeRegistryExiting`, or `ReentrancyGuardReentrantCall`.
    /// @return exitAt One epoch, the class's root window and a day from now.
    function requestExit() external returns (uint256 exitAt);

    /// @notice Sends the caller its deposit, less the penalty if it was slashed. Cannot be paused.
    /// @dev Reverts with `StakeRegistryNotStaked`, `StakeRegistryInForce`, `StakeRegistryTooEarly`,
    /// `ReentrancyGuardReentrantCall`, or an error of the token.
    /// @return amount What the caller got.
    function exit() external returns (uint256 amount);

    /// @notice Commits the caller to a report, `reportOf(caller, staker, secret)` or `falseReportOf(caller, staker)`,
    /// without showing it: somebody who copies the later call from the mempool has not committed a block earlier. It
    /// can be shown for ten minutes, and be made again afterwards.
    /// @dev Reverts with `StakeRegistryReportKnown`.
    /// @param report The hash that was committed to.
    function commitSlash(bytes32 report) external;

    /// @notice Slashes with the secret of a stake's note, to which the caller committed in an earlier block. If
    /// somebody who committed later has slashed the stake less than ten minutes ago, the reward becomes the caller's.
    /// @dev Reverts with `StakeRegistryReportNotReady`, `StakeRegistryNotStaked`, `StakeRegistryOpeningWrong`,
    /// `StakeRegistryAlreadySlashed`, `FundsNotDestroyed`, or `ReentrancyGuardReentrantCall`.
    /// @param staker Whose stake it is.
    /// @param opening What the staker declares, or declared.
    /// @param secret Of the stake's note.
    function slash(address staker, Opening calldata opening, uint256 secret) external;

    /// @notice Slashes a stake whose declared opening is false, as `slash` does, with a commitment like it.
    /// @dev Reverts with `StakeRegistryReportNotReady`, `StakeRegistryNotStaked`, `StakeRegistryOpeningWrong`,
    /// `StakeRegistryOpeningTrue`, `StakeRegistryAlreadySlashed`, `FundsNotDestroyed`, or
    /// `ReentrancyGuardReentrantCall`.
    /// @param staker Whose stake it is.
    /// @param opening What the staker declares, or declared.
    function slashFalseOpening(address staker, Opening calldata opening) external;

    /// @notice Pays the reward for a slash to the first reporter, from ten minutes after it. Anybody may call.
    /// @dev Reverts with `StakeRegistryNoReward`, `StakeRegistryRewardOpen`, `ReentrancyGuardReentrantCall`, or an
    /// error of the token.
    /// @param leafIndex Where the note is, or was, in the tree.
    /// @return amount What the reporter got.
    function collectReward(uint256 leafIndex) external returns (uint256 amount);

    /// @notice Stops new stakes; exits and slashing go on. Only the owner.
    /// @dev Reverts with `OwnableUnauthorizedAccount`, or `EnforcedPause`.
    function pause() external;

    /// @notice Allows stakes again. Only the owner.
    /// @dev Reverts with `OwnableUnauthorizedAccount`, or `ExpectedPause`.
    function unpause() external;

    /// @notice The token that deposits are in.
    /// @return The token.
    function token() external view returns (IERC20);

    /// @notice The tree that notes go into.
    /// @return The tree.
    function tree() external view returns (INoteTree);

    /// @notice How tokens are destroyed here.
    /// @return The way.
    function disposal() external view returns (IPostage.Disposal);

    /// @notice The most a reporter gets; a twentieth of the penalty if that is less.
    /// @return The bound, in the token's smallest unit.
    function rewardCap() external view returns (uint256);

    /// @notice The number of classes; they are numbered 1…classCount.
    /// @return The number of classes.
    function classCount() external view returns (uint256);

    /// @notice The terms of a class, open or closed.
    /// @dev Reverts with `StakeRegistryClassUnknown`.
    /// @param class The number of the class.
    /// @return What it costs and allows.
    function classOf(uint256 class) external view returns (Class memory);

    /// @notice Whether a class is closed to new stakes.
    /// @dev Reverts with `StakeRegistryClassUnknown`.
    /// @param class The number of the class.
    /// @return Whether it is.
    function isClosed(uint256 class) external view returns (bool);

    /// @notice The identifier that the notes of a class carry.
    /// @dev Reverts with `StakeRegistryClassUnknown`.
    /// @param class The number of the class.
    /// @return The identifier.
    function classIdOf(uint256 class) external view returns (uint256);

    /// @notice The stake of an account, for claims in its own name. It is in force only while `exitAt` is 0.
    /// @param staker Whose stake it is.
    /// @return All zero if there is none.
    function stakeOf(address staker) external view returns (Stake memory);

    /// @notice What `reporter` commits to before it slashes.
    /// @param reporter Who reports.
    /// @param staker Whose stake it is.
    /// @param secret Of the stake's note.
    /// @return The hash.
    function reportOf(address reporter, address staker, uint256 secret) external pure returns (bytes32);

    /// @notice What `reporter` commits to before it slashes a false opening.
    /// @param reporter Who reports.
    /// @param staker Whose stake it is.
    /// @return The hash.
    function falseReportOf(address reporter, address staker) external pure returns (bytes32);

    /// @notice The reward for a slash of the note at `leafIndex`, until it is collected, and its amount.
    /// @param leafIndex Where the note is, or was, in the tree.
    /// @return reward Whose it is, and when it can be collected; all zero if there is none.
    /// @return amount In the token's smallest unit.
    function rewardOf(uint256 leafIndex) external view returns (Reward memory reward, uint256 amount);
}
