// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {IStakeRegistry} from "../../contracts/interfaces/IStakeRegistry.sol";
import {Funds} from "../../contracts/libraries/Funds.sol";
import {CrookedToken} from "../../contracts/mocks/CrookedToken.sol";
import {StakeFixture} from "./helpers/StakeFixture.sol";
import {Vm} from "./helpers/TestBase.sol";

contract StakeSlashTest is StakeFixture {
    address private constant REPORTER = address(0x4E9047E4);

    function testFuzz_slash_burnsAtLeastNineteenTwentieths(uint96 penalty, uint256 secret) public {
        IStakeRegistry.Class memory terms = _terms();
        (terms.amount, terms.penalty) = (5_000e18, uint96(_bound(penalty, 1, 5_000e18)));
        secret = _bound(secret, 0, FIELD_ORDER - 1);
        vm.prank(OWNER);
        uint256 class = stakes.addClass(terms);
        IStakeRegistry.Opening memory opening = _opening(secret, 9);
        vm.prank(BOB);
        stakes.stake(class, opening);
        uint256 supply = token.totalSupply();
        _slash(REPORTER, BOB, opening, secret);

        vm.warp(block.timestamp + WAIT);
        uint256 reward = stakes.collectReward(0);
        vm.assertEq(token.balanceOf(REPORTER), reward);
        vm.assertEq(reward, terms.penalty / 20 < REWARD_CAP ? terms.penalty / 20 : REWARD_CAP);
        vm.assertEq(supply - token.totalSupply(), terms.penalty - reward);
        vm.assertEq(stakes.stakeOf(BOB).amount, 5_000e18 - terms.penalty);

        vm.prank(BOB);
        vm.assertEq(stakes.exit(), 5_000e18 - terms.penalty);
        vm.assertEq(token.balanceOf(address(stakes)), 0);
    }

    function test_slash_takesTheNoteOutAndEmitsTheSecret() public {
        IStakeRegistry.Opening memory opening = _stake(ALICE, 1);
        _commit(REPORTER, ALICE, 1);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.SecretRevealed(ALICE, 0, 1);
        vm.expectEmit(address(tree));
        emit INoteTree.NoteZeroed(1, 0);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.Slashed(ALICE, REPORTER, 60e18, 3e18);
        vm.prank(REPORTER);
        stakes.slash(ALICE, opening, 1);
        vm.assertTrue(stakes.stakeOf(ALICE).isSlashed);
        vm.assertEq(stakes.stakeOf(ALICE).exitAt, block.timestamp + WAIT);
    }

    function test_slash_revealsTheSecretOnce_forAsLongAsItsTicketsMayCount() public {
        IStakeRegistry.Opening memory opening = _stake(MALLORY, 42);
        _commit(ALICE, MALLORY, 42);
        _commit(BOB, MALLORY, 42);
        uint256 until = block.timestamp + 1 hours + 2 hours + 1 hours;
        vm.expectEmit(address(tree));
        emit INoteTree.SecretLeaked(42, until);
        vm.prank(BOB);
        stakes.slash(MALLORY, opening, 42);
        vm.warp(block.timestamp + BLOCK);
        vm.recordLogs();
        vm.prank(ALICE);
        stakes.slash(MALLORY, opening, 42);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            vm.assertTrue(logs[i].topics[0] != INoteTree.SecretLeaked.selector);
        }
        vm.assertEq(tree.leakOf(42).since, block.timestamp - BLOCK);
        vm.assertEq(tree.leakOf(42).until, until);
    }

    function test_slashFalseOpening_revealsNothing() public {
        IStakeRegistry.Opening memory opening = _opening(42, 5);
        opening.commitment++;
        vm.prank(MALLORY);
        stakes.stake(BASIC, opening);
        _slashFalse(BOB, MALLORY, opening);
        vm.assertEq(tree.leakOf(42).since, 0);
    }

    function test_commitSlash_tellsWhoCommittedToWhat() public {
        bytes32 report = stakes.reportOf(REPORTER, ALICE, 1);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.ReportCommitted(REPORTER, report);
        vm.prank(REPORTER);
        stakes.commitSlash(report);
    }

    function test_slash_reachesAnExitingStake_untilItIsWithdrawn() public {
        IStakeRegistry.Opening memory opening = _stake(ALICE, 1);
        vm.prank(ALICE);
        uint256 exitAt = stakes.requestExit();
        vm.warp(exitAt);
        _slash(REPORTER, ALICE, opening, 1);
        vm.assertEq(stakes.stakeOf(ALICE).exitAt, exitAt);
        vm.prank(ALICE);
        vm.assertEq(stakes.exit(), 40e18);

        _commit(REPORTER, ALICE, 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryNotStaked.selector, ALICE));
        vm.prank(REPORTER);
        stakes.slash(ALICE, opening, 1);
    }

    function test_selfSlash_losesMoney() public {
        uint256 before = token.balanceOf(ALICE);
        IStakeRegistry.Opening memory opening = _stake(ALICE, 1);
        _slash(ALICE, ALICE, opening, 1);
        vm.warp(block.timestamp + WAIT);
        stakes.collectReward(0);
        vm.prank(ALICE);
        stakes.exit();
        vm.assertEq(before - token.balanceOf(ALICE), 57e18);
    }

    function test_selfReport_losesMoney() public {
        uint256 before = token.balanceOf(ALICE);
        IStakeRegistry.Opening memory opening = _opening(1, 5);
        opening.personHash = 1;
        vm.prank(ALICE);
        stakes.stake(BASIC, opening);
        _slashFalse(ALICE, ALICE, opening);
        vm.warp(block.timestamp + WAIT);
        stakes.collectReward(0);
        vm.prank(ALICE);
        stakes.exit();
        vm.assertEq(before - token.balanceOf(ALICE), 57e18);
    }

    function test_slash_cannotBeTakenFromTheMempool() public {
        IStakeRegistry.Opening memory opening = _stake(ALICE, 1);
        _commit(REPORTER, ALICE, 1);
        // Mallory sees the reporter's call: she has no commitment, cannot use his, and is too late with her own.
        _expectNotReady(stakes.reportOf(MALLORY, ALICE, 1));
        vm.prank(MALLORY);
        stakes.slash(ALICE, opening, 1);
        bytes32 his = stakes.reportOf(REPORTER, ALICE, 1);
        vm.prank(MALLORY);
        stakes.commitSlash(his);
        bytes32 hers = stakes.reportOf(MALLORY, ALICE, 1);
        vm.prank(MALLORY);
        stakes.commitSlash(hers);
        _expectNotReady(hers);
        vm.prank(MALLORY);
        stakes.slash(ALICE, opening, 1);

        vm.prank(REPORTER);
        stakes.slash(ALICE, opening, 1);
        _collect(0);
        vm.assertEq(token.balanceOf(REPORTER), 3e18);
    }

    function test_commitSlash_revertsWhen_alreadyCommitted() public {
        _commit(REPORTER, ALICE, 1);
        bytes32 report = stakes.reportOf(REPORTER, ALICE, 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryReportKnown.selector, report));
        vm.prank(REPORTER);
        stakes.commitSlash(report);
    }

    function test_slash_revertsWhen_theReportIsUsed() public {
        IStakeRegistry.Opening memory opening = _stake(ALICE, 1);
        _slash(REPORTER, ALICE, opening, 1);
        _expectNotReady(stakes.reportOf(REPORTER, ALICE, 1));
        vm.prank(REPORTER);
        stakes.slash(ALICE, opening, 1);

        _commit(MALLORY, ALICE, 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryAlreadySlashed.selector, ALICE));
        vm.prank(MALLORY);
        stakes.slash(ALICE, opening, 1);
    }

    function test_slash_revertsWhen_theSecretIsNotAFieldElement() public {
        // Poseidon hashes it like the secret; nodes, who read it from the event, would know no ticket by it.
        IStakeRegistry.Opening memory opening = _stake(ALICE, 1);
        for (uint256 k = 1; k <= 5; k++) {
            uint256 alias_ = 1 + k * FIELD_ORDER;
            _commit(REPORTER, ALICE, alias_);
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryOpeningWrong.selector, ALICE));
            vm.prank(REPORTER);
            stakes.slash(ALICE, opening, alias_);
        }
        _slash(REPORTER, ALICE, opening, 1);
        vm.assertTrue(stakes.stakeOf(ALICE).isSlashed);
    }

    function test_slash_revertsWhen_theSecretOrTheOpeningIsAnothers() public {
        IStakeRegistry.Opening memory hers = _stake(ALICE, 1);
        IStakeRegistry.Opening memory his = _stake(BOB, 2);
        for (uint256 i = 0; i < 3; i++) {
            uint256 secret = i == 0 ? 3 : 2;
            IStakeRegistry.Opening memory shown = i == 1 ? his : hers;
            if (i == 2) shown.secretHash = his.secretHash;
            bytes32 report = stakes.reportOf(REPORTER, ALICE, secret);
            if (i != 2) _commit(REPORTER, ALICE, secret);
            vm.assertTrue(report != 0);
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryOpeningWrong.selector, ALICE));
            vm.prank(REPORTER);
            stakes.slash(ALICE, shown, secret);
        }
    }

    function testFuzz_slashFalseOpening_punishesOnlyAFalseOne(uint256 secret, uint256 wrong, uint8 field) public {
        IStakeRegistry.Opening memory opening = _opening(_bound(secret, 0, FIELD_ORDER - 1), 5);
        IStakeRegistry.Opening memory false_ = IStakeRegistry.Opening(
            opening.commitment,
            opening.secretHash,
            opening.personHash
        );
        wrong = _bound(wrong, 0, FIELD_ORDER - 1);
        if (field % 3 == 0) false_.commitment = wrong;
        if (field % 3 == 1) false_.secretHash = wrong;
        if (field % 3 == 2) false_.personHash = wrong;
        vm.assume(keccak256(abi.encode(false_)) != keccak256(abi.encode(opening)));
        vm.prank(ALICE);
        stakes.stake(BASIC, opening);
        vm.prank(BOB);
        stakes.stake(BASIC, false_);

        _commitTo(REPORTER, stakes.falseReportOf(REPORTER, ALICE));
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryOpeningTrue.selector, ALICE));
        vm.prank(REPORTER);
        stakes.slashFalseOpening(ALICE, opening);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryOpeningWrong.selector, ALICE));
        vm.prank(REPORTER);
        stakes.slashFalseOpening(ALICE, false_);

        _slashFalse(REPORTER, BOB, false_);
        _collect(1);
        vm.assertEq(token.balanceOf(REPORTER), 3e18);
        vm.assertEq(stakes.stakeOf(BOB).amount, 40e18);
        vm.assertEq(stakes.stakeOf(ALICE).amount, 100e18);
    }

    function test_stake_revertsWhen_theTokenTakesAFee() public {
        CrookedToken crooked = new CrookedToken(ALICE, SUPPLY, 99);
        (, stakes) = _deploy(IERC20(address(crooked)), IPostage.Disposal.Bury);
        vm.prank(ALICE);
        crooked.approve(address(stakes), SUPPLY);
        IStakeRegistry.Opening memory opening = _opening(1, 2);
        vm.expectRevert(abi.encodeWithSelector(Funds.FundsNotReceived.selector, 100e18, 99e18));
        vm.prank(ALICE);
        stakes.stake(BASIC, opening);
    }

    function _expectNotReady(bytes32 report) private {
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryReportNotReady.selector, report));
    }
}
