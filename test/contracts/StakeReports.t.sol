// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IStakeRegistry} from "../../contracts/interfaces/IStakeRegistry.sol";
import {StakeFixture} from "./helpers/StakeFixture.sol";

/// @notice Who is paid for a slash. Mallory stakes and cheats, and has a second account, ACCOMPLICE.
contract StakeReportsTest is StakeFixture {
    address private constant REPORTER = address(0x4E9047E4);
    address private constant ACCOMPLICE = address(0xACC0);

    function test_aReportPreparedWithTheStake_isWorthNothing() public {
        bytes32 prepared = stakes.reportOf(ACCOMPLICE, MALLORY, 1);
        vm.prank(ACCOMPLICE);
        stakes.commitSlash(prepared);
        IStakeRegistry.Opening memory opening = _stake(MALLORY, 1);
        vm.warp(block.timestamp + LIFE + 1);

        // The secret is out, and an honest reporter commits to it. Mallory sees that.
        _commit(REPORTER, MALLORY, 1);
        _expectNotReady(prepared);
        vm.prank(ACCOMPLICE);
        stakes.slash(MALLORY, opening, 1);
        vm.prank(REPORTER);
        stakes.slash(MALLORY, opening, 1);
        _collect(0);
        vm.assertEq(token.balanceOf(REPORTER), 3e18);
    }

    function test_aFalseStakePreparedToBeShown_isWorthNothing() public {
        IStakeRegistry.Opening memory opening = _stakeFalsely();
        // Mallory's secret gets out too: she has no report of either kind, and without one she cannot slash.
        bytes32 false_ = stakes.falseReportOf(ACCOMPLICE, MALLORY);
        vm.prank(ACCOMPLICE);
        stakes.commitSlash(false_);
        vm.warp(block.timestamp + LIFE + 1);
        _commit(REPORTER, MALLORY, 1);
        _expectNotReady(false_);
        vm.prank(ACCOMPLICE);
        stakes.slashFalseOpening(MALLORY, opening);
        vm.prank(REPORTER);
        stakes.slash(MALLORY, opening, 1);
        _collect(0);
        vm.assertEq(token.balanceOf(REPORTER), 3e18);
    }

    function test_whoeverCommittedFirst_isPaid_evenWhen_theCheaterShowsItsReportFirst() public {
        IStakeRegistry.Opening memory opening = _stakeFalsely();
        // Mallory reacts to the honest report in the next block, and pays more gas to be ahead from there on.
        _commit(REPORTER, MALLORY, 1);
        _slashFalse(ACCOMPLICE, MALLORY, opening);
        uint256 left = token.balanceOf(address(stakes));
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.ReportedEarlier(MALLORY, REPORTER, 0);
        vm.prank(REPORTER);
        stakes.slash(MALLORY, opening, 1);
        vm.assertEq(token.balanceOf(address(stakes)), left);
        (IStakeRegistry.Reward memory reward, uint256 amount) = stakes.rewardOf(0);
        vm.assertEq(reward.reporter, REPORTER);
        vm.assertEq(amount, 3e18);

        vm.warp(reward.payableAt);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.Rewarded(REPORTER, 0, 3e18);
        vm.prank(ACCOMPLICE);
        vm.assertEq(stakes.collectReward(0), 3e18);
        vm.assertEq(token.balanceOf(REPORTER), 3e18);
        vm.assertEq(token.balanceOf(ACCOMPLICE), 0);
    }

    function test_whoeverCommittedLater_takesNothing() public {
        IStakeRegistry.Opening memory opening = _stake(MALLORY, 1);
        // In the same block, and a block later.
        bytes32 his = stakes.reportOf(REPORTER, MALLORY, 1);
        vm.prank(REPORTER);
        stakes.commitSlash(his);
        _commit(ACCOMPLICE, MALLORY, 1);
        _commit(BOB, MALLORY, 1);
        vm.prank(REPORTER);
        stakes.slash(MALLORY, opening, 1);
        address[2] memory others = [ACCOMPLICE, BOB];
        for (uint256 i = 0; i < 2; i++) {
            _expectSlashed(others[i], opening);
        }
    }

    function test_anEarlierReport_isShownUntilTheRewardCanBeCollected() public {
        IStakeRegistry.Opening memory opening = _stake(MALLORY, 1);
        uint256 start = block.timestamp;
        _commit(REPORTER, MALLORY, 1);
        _commit(BOB, MALLORY, 1);
        _slash(ACCOMPLICE, MALLORY, opening, 1);
        uint256 payableAt = block.timestamp + LIFE;
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryRewardOpen.selector, payableAt));
        stakes.collectReward(0);

        // Bob's report is shown at its last moment; the other one, which was made a block before, is too old by then.
        vm.warp(start + BLOCK + LIFE);
        _expectNotReady(stakes.reportOf(REPORTER, MALLORY, 1));
        vm.prank(REPORTER);
        stakes.slash(MALLORY, opening, 1);
        vm.prank(BOB);
        stakes.slash(MALLORY, opening, 1);

        vm.warp(payableAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryRewardOpen.selector, payableAt));
        stakes.collectReward(0);
        vm.warp(payableAt);
        stakes.collectReward(0);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryNoReward.selector, 0));
        stakes.collectReward(0);
    }

    function test_theRace_isOverFromTheMomentTheRewardCanBeCollected() public {
        IStakeRegistry.Opening memory opening = _stake(MALLORY, 1);
        _commit(ACCOMPLICE, MALLORY, 1);
        bytes32 his = stakes.reportOf(REPORTER, MALLORY, 1);
        vm.prank(ACCOMPLICE);
        stakes.slash(MALLORY, opening, 1);
        vm.warp(block.timestamp + LIFE - BLOCK);
        vm.prank(REPORTER);
        stakes.commitSlash(his);
        vm.warp(block.timestamp + BLOCK);
        _expectSlashed(REPORTER, opening);
    }

    function test_aReport_canBeMadeAgainWhenItIsTooOld() public {
        IStakeRegistry.Opening memory opening = _stake(MALLORY, 1);
        bytes32 report = stakes.reportOf(REPORTER, MALLORY, 1);
        _commit(REPORTER, MALLORY, 1);
        vm.warp(block.timestamp - BLOCK + LIFE);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryReportKnown.selector, report));
        vm.prank(REPORTER);
        stakes.commitSlash(report);
        vm.warp(block.timestamp + 1);
        _slash(REPORTER, MALLORY, opening, 1);
        vm.assertTrue(stakes.stakeOf(MALLORY).isSlashed);
    }

    function test_theReward_isThatOfTheStakeThatWasSlashed_whateverTheCheaterStakesNext() public {
        IStakeRegistry.Opening memory opening = _stake(MALLORY, 1);
        _slash(REPORTER, MALLORY, opening, 1);
        IStakeRegistry.Class memory terms = _terms();
        (terms.amount, terms.penalty) = (1_000e18, 20e18);
        vm.prank(OWNER);
        uint256 other = stakes.addClass(terms);
        vm.warp(block.timestamp + WAIT);
        vm.prank(MALLORY);
        stakes.exit();
        vm.prank(MALLORY);
        stakes.stake(other, opening);
        vm.assertEq(stakes.collectReward(0), 3e18);
        vm.assertEq(stakes.stakeOf(MALLORY).amount, 1_000e18);
    }

    /// @notice The secret is true, the rest of the opening is not: two ways to be slashed.
    function _stakeFalsely() private returns (IStakeRegistry.Opening memory opening) {
        opening = _opening(1, 5);
        opening.personHash = 1;
        vm.prank(MALLORY);
        stakes.stake(BASIC, opening);
    }

    function _expectSlashed(address reporter, IStakeRegistry.Opening memory opening) private {
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryAlreadySlashed.selector, MALLORY));
        vm.prank(reporter);
        stakes.slash(MALLORY, opening, 1);
    }

    function _expectNotReady(bytes32 report) private {
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryReportNotReady.selector, report));
    }
}
