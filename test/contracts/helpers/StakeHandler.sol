// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StakeRegistry} from "../../../contracts/StakeRegistry.sol";
import {IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {TestBase} from "./TestBase.sol";

/// @notice What stakers and reporters can do, in any order, with books of its own. The two openings it knows are true.
contract StakeHandler is TestBase {
    StakeRegistry private immutable _stakes;
    address[3] private _actors = [ALICE, BOB, MALLORY];
    IStakeRegistry.Opening private _opening;
    uint256 private immutable _secret;

    mapping(uint256 leafIndex => address reporter) private _owed;
    uint256[] private _slashed;

    /// @notice Rewards that were not collected.
    uint256 public unpaid;
    uint256 public deposited;
    uint256 public burned;
    uint256 public rewarded;
    uint256 public returned;

    constructor(StakeRegistry stakes, IStakeRegistry.Opening memory opening, uint256 secret) {
        (_stakes, _opening, _secret) = (stakes, opening, secret);
    }

    function stakeOne(uint256 actor) external {
        address staker = _actors[actor % 3];
        bool isRefused = _stakes.paused() || _stakes.stakeOf(staker).class != 0;
        vm.prank(staker);
        try _stakes.stake(1, _opening) {
            vm.assertFalse(isRefused);
            deposited += 100e18;
        } catch {
            vm.assertTrue(isRefused);
        }
    }

    function leave(uint256 actor) external {
        address staker = _actors[actor % 3];
        IStakeRegistry.Stake memory held = _stakes.stakeOf(staker);
        if (held.class == 0) return;
        vm.prank(staker);
        if (held.exitAt == 0) {
            _stakes.requestExit();
        } else if (block.timestamp >= held.exitAt) {
            vm.assertEq(_stakes.exit(), held.amount);
            returned += held.amount;
        } else {
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryTooEarly.selector, held.exitAt));
            _stakes.exit();
        }
    }

    /// @notice Two of the actors report, and whoever committed first gets the reward, whoever shows it first.
    function slashOne(uint256 actor, uint256 by, bool isLaterFirst) external {
        address staker = _actors[actor % 3];
        IStakeRegistry.Stake memory held = _stakes.stakeOf(staker);
        if (held.class == 0 || held.isSlashed) return;
        address[2] memory reporters = [_actors[by % 3], _actors[((by % 3) + 1) % 3]];
        vm.warp(block.timestamp + 1 hours); // else the loser's last report would still stand
        for (uint256 i = 0; i < 2; i++) _commit(reporters[i], staker);
        burned += 57e18;
        unpaid += 3e18;
        _owed[held.leafIndex] = reporters[0];
        _slashed.push(held.leafIndex);

        _slash(reporters[isLaterFirst ? 1 : 0], staker);
        if (isLaterFirst) return _slash(reporters[0], staker);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryAlreadySlashed.selector, staker));
        _slash(reporters[1], staker);
    }

    function collect(uint256 number) external {
        if (_slashed.length == 0) return;
        uint256 leafIndex = _slashed[number % _slashed.length];
        address reporter = _owed[leafIndex];
        (IStakeRegistry.Reward memory reward, uint256 amount) = _stakes.rewardOf(leafIndex);
        vm.assertEq(reward.reporter, reporter);
        if (reporter == address(0)) {
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryNoReward.selector, leafIndex));
            _stakes.collectReward(leafIndex);
        } else if (block.timestamp < reward.payableAt) {
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryRewardOpen.selector, reward.payableAt));
            _stakes.collectReward(leafIndex);
        } else {
            vm.assertEq(_stakes.collectReward(leafIndex), amount);
            delete _owed[leafIndex];
            unpaid -= amount;
            rewarded += amount;
        }
    }

    function pause() external {
        bool isPaused = _stakes.paused();
        vm.prank(OWNER);
        isPaused ? _stakes.unpause() : _stakes.pause();
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + (time % 2 days));
    }

    /// @notice What all accounts would get back.
    function staked() external view returns (uint256 sum) {
        for (uint256 i = 0; i < 3; i++) sum += _stakes.stakeOf(_actors[i]).amount;
    }

    function _commit(address reporter, address staker) private {
        bytes32 report = _stakes.reportOf(reporter, staker, _secret);
        vm.prank(reporter);
        _stakes.commitSlash(report);
        vm.warp(block.timestamp + 12);
    }

    function _slash(address reporter, address staker) private {
        vm.prank(reporter);
        _stakes.slash(staker, _opening, _secret);
    }
}
