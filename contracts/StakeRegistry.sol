// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {INoteSource} from "./interfaces/INoteSource.sol";
import {INoteTree} from "./interfaces/INoteTree.sol";
import {IPostage} from "./interfaces/IPostage.sol";
import {IStakeRegistry} from "./interfaces/IStakeRegistry.sol";
import {Code} from "./libraries/Code.sol";
import {Funds} from "./libraries/Funds.sol";
import {ClassId} from "./libraries/ClassId.sol";
import {NoteOpening} from "./libraries/NoteOpening.sol";
import {SlashReports} from "./libraries/SlashReports.sol";
import {StakeTerms} from "./libraries/StakeTerms.sol";

/// @title StakeRegistry
/// @notice What `IStakeRegistry` says.
/// @dev Invariant: the balance is the sum of `stakeOf(account).amount` over all accounts and of the rewards that were
/// not collected; an account's note is in the tree exactly while its stake is in force.
contract StakeRegistry is IStakeRegistry, INoteSource, Ownable2Step, Pausable, ReentrancyGuardTransient {
    using Funds for IERC20;
    using NoteOpening for Opening;
    using SafeERC20 for IERC20;
    using SlashReports for SlashReports.Book;

    /// @dev A class and whether it is closed; what `stake` needs is in the first slot.
    struct Offer {
        uint96 amount;
        uint96 penalty;
        uint16 limit;
        uint32 epochLength;
        bool isClosed;
        uint32 unitsPerTicket;
        uint32 laneTtl;
        uint32 rootWindow;
    }

    /// @dev A stake, in one slot. `opening` is the part of the declared opening's hash that is kept.
    struct Deposit {
        bytes20 opening;
        uint32 leafIndex;
        uint16 class;
        uint40 exitAt;
        bool isSlashed;
    }

    /// @inheritdoc IStakeRegistry
    IERC20 public immutable token;

    /// @inheritdoc IStakeRegistry
    INoteTree public immutable tree;

    /// @inheritdoc IStakeRegistry
    IPostage.Disposal public immutable disposal;

    /// @inheritdoc IStakeRegistry
    uint256 public immutable rewardCap;

    /// @inheritdoc IStakeRegistry
    uint256 public classCount;

    mapping(uint256 class => Offer offer) private _offers;
    mapping(address staker => Deposit deposit) private _deposits;
    SlashReports.Book private _reports;

    constructor(
        address owner_,
        IERC20 token_,
        INoteTree tree_,
        IPostage.Disposal disposal_,
        uint256 rewardCap_
    ) Ownable(owner_) {
        Code.requireAt(address(token_));
        Code.requireAt(address(tree_));
        (token, tree, disposal, rewardCap) = (token_, tree_, disposal_, rewardCap_);
    }

    /// @inheritdoc IStakeRegistry
    function addClass(Class calldata terms) external onlyOwner returns (uint256 class) {
        StakeTerms.requireInRange(terms);

        class = ++classCount;
        Offer storage offer = _offers[SafeCast.toUint16(class)];
        (offer.amount, offer.penalty, offer.limit) = (terms.amount, terms.penalty, terms.limit);
        (offer.epochLength, offer.unitsPerTicket) = (terms.epochLength, terms.unitsPerTicket);
        (offer.laneTtl, offer.rootWindow) = (terms.laneTtl, terms.rootWindow);
        emit ClassAdded(class, classIdOf(class), terms);
    }

    /// @inheritdoc IStakeRegistry
    function closeClass(uint256 class) external onlyOwner {
        if (_offer(class).isClosed) revert StakeRegistryClassClosed(class);

        _offers[class].isClosed = true;
        emit ClassClosed(class);
    }

    /// @inheritdoc IStakeRegistry
    function stakeWithPermit(
        uint256 class,
        Opening calldata opening,
        IPostage.Permit calldata permit
    ) external returns (uint256) {
        token.usePermit(_offer(class).amount, permit);
        return stake(class, opening);
    }

    /// @inheritdoc IStakeRegistry
    function requestExit() external nonReentrant returns (uint256 exitAt) {
        Deposit memory deposit = _deposit(msg.sender);
        if (deposit.exitAt != 0) revert StakeRegistryExiting(deposit.exitAt);

        exitAt = _leave(msg.sender, deposit);
        _deposits[msg.sender] = deposit;
    }

    /// @inheritdoc IStakeRegistry
    function exit() external nonReentrant returns (uint256 amount) {
        uint256 exitAt = _deposit(msg.sender).exitAt;
        if (exitAt == 0) revert StakeRegistryInForce(msg.sender);
        if (block.timestamp < exitAt) revert StakeRegistryTooEarly(exitAt);

        amount = stakeOf(msg.sender).amount;
        delete _deposits[msg.sender];
        emit Exited(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IStakeRegistry
    function commitSlash(bytes32 report) external {
        _reports.commit(report);
    }

    /// @inheritdoc IStakeRegistry
    function slash(address staker, Opening calldata opening, uint256 secret) external nonReentrant {
        uint256 committedAt = _reports.show(reportOf(msg.sender, staker, secret));
        Deposit memory deposit = _declared(staker, opening);
        if (!opening.isOpenedBy(secret)) revert StakeRegistryOpeningWrong(staker);
        if (!deposit.isSlashed) {
            Offer storage offer = _offers[deposit.class];
            emit SecretRevealed(staker, deposit.leafIndex, secret);
            tree.reveal(secret, block.timestamp + offer.epochLength + offer.rootWindow + 1 hours);
        }
        _punish(staker, deposit, committedAt);
    }

    /// @inheritdoc IStakeRegistry
    function slashFalseOpening(address staker, Opening calldata opening) external nonReentrant {
        uint256 committedAt = _reports.show(falseReportOf(msg.sender, staker));
        Deposit memory deposit = _declared(staker, opening);
        if (opening.isTrue()) revert StakeRegistryOpeningTrue(staker);
        _punish(staker, deposit, committedAt);
    }

    /// @inheritdoc IStakeRegistry
    function collectReward(uint256 leafIndex) external nonReentrant returns (uint256 amount) {
        (address reporter, uint256 class) = _reports.close(leafIndex);
        amount = _rewardIn(class);
        emit Rewarded(reporter, leafIndex, amount);
        token.safeTransfer(reporter, amount);
    }

    /// @inheritdoc IStakeRegistry
    function pause() external onlyOwner {
        _pause();
    }

    /// @inheritdoc IStakeRegistry
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @inheritdoc IStakeRegistry
    function classOf(uint256 class) external view returns (Class memory) {
        Offer storage o = _offer(class);
        return Class(o.amount, o.penalty, o.limit, o.epochLength, o.unitsPerTicket, o.laneTtl, o.rootWindow);
    }

    /// @inheritdoc INoteSource
    function noteClass(uint256 number) external view returns (NoteClass memory class) {
        Offer storage o = _offer(number);
        class = NoteClass(ClassId.STAKE, address(this), uint32(number), o.amount, 0, 0, 0, o.epochLength, o.limit);
        (class.unitsPerTicket, class.laneTtl, class.rootWindow) = (o.unitsPerTicket, o.laneTtl, o.rootWindow);
    }

    /// @inheritdoc IStakeRegistry
    function isClosed(uint256 class) external view returns (bool) {
        return _offer(class).isClosed;
    }

    /// @inheritdoc IStakeRegistry
    function rewardOf(uint256 leafIndex) external view returns (Reward memory reward, uint256 amount) {
        reward = _reports.rewards[leafIndex];
        amount = _rewardIn(reward.class);
    }

    /// @inheritdoc IStakeRegistry
    function stake(
        uint256 class,
        Opening calldata opening
    ) public whenNotPaused nonReentrant returns (uint256 leafIndex) {
        Offer storage offer = _offer(class);
        if (offer.isClosed) revert StakeRegistryClassClosed(class);
        if (_deposits[msg.sender].class != 0) revert StakeRegistryAlreadyStaked(msg.sender);
        opening.requireInField();

        leafIndex = tree.append(opening.commitment, class, offer.limit, type(uint40).max);
        _deposits[msg.sender] = Deposit(opening.digestOf(), uint32(leafIndex), uint16(class), 0, false);
        emit Staked(msg.sender, class, leafIndex, opening);

        token.collect(address(this), offer.amount);
    }

    /// @inheritdoc IStakeRegistry
    function classIdOf(uint256 class) public view returns (uint256) {
        _offer(class);
        return tree.classIdOf(address(this), class);
    }

    /// @inheritdoc IStakeRegistry
    function stakeOf(address staker) public view returns (Stake memory) {
        Deposit memory deposit = _deposits[staker];
        Offer storage offer = _offers[deposit.class];
        uint256 left = offer.amount - (deposit.isSlashed ? offer.penalty : 0);
        return Stake(deposit.class, left, deposit.leafIndex, deposit.exitAt, deposit.isSlashed);
    }

    /// @inheritdoc IStakeRegistry
    function reportOf(address reporter, address staker, uint256 secret) public pure returns (bytes32) {
        return keccak256(abi.encode("pennypost/slash/v1", reporter, staker, secret));
    }

    /// @inheritdoc IStakeRegistry
    function falseReportOf(address reporter, address staker) public pure returns (bytes32) {
        return keccak256(abi.encode("pennypost/slash-false/v1", reporter, staker));
    }

    /// @dev Takes the note out of the tree and starts the wait; `deposit` is for the caller to store.
    function _leave(address staker, Deposit memory deposit) private returns (uint256 exitAt) {
        Offer storage offer = _offers[deposit.class];
        exitAt = block.timestamp + offer.epochLength + offer.rootWindow + 1 days;
        deposit.exitAt = SafeCast.toUint40(exitAt);
        tree.zero(deposit.leafIndex);
        emit ExitRequested(staker, exitAt);
    }

    /// @dev Slashes; or, if somebody did already, takes the reward from whoever committed later.
    function _punish(address staker, Deposit memory deposit, uint256 committedAt) private {
        uint256 leafIndex = deposit.leafIndex;
        if (deposit.isSlashed) return _reports.outdo(staker, leafIndex, committedAt);
        if (deposit.exitAt == 0) _leave(staker, deposit);
        deposit.isSlashed = true;
        _deposits[staker] = deposit;
        _reports.open(leafIndex, deposit.class, committedAt);

        (uint256 penalty, uint256 reward) = (_offers[deposit.class].penalty, _rewardIn(deposit.class));
        emit Slashed(staker, msg.sender, penalty, reward);
        token.destroy(disposal, penalty - reward);
    }

    function _rewardIn(uint256 class) private view returns (uint256) {
        return Math.min(_offers[class].penalty / 20, rewardCap);
    }

    /// @dev The stake declared with this opening.
    function _declared(address staker, Opening calldata opening) private view returns (Deposit memory deposit) {
        deposit = _deposit(staker);
        if (opening.digestOf() != deposit.opening) revert StakeRegistryOpeningWrong(staker);
    }

    function _deposit(address staker) private view returns (Deposit memory deposit) {
        deposit = _deposits[staker];
        if (deposit.class == 0) revert StakeRegistryNotStaked(staker);
    }

    function _offer(uint256 class) private view returns (Offer storage offer) {
        offer = _offers[class];
        if (offer.amount == 0) revert StakeRegistryClassUnknown(class);
    }
}
