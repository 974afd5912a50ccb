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

    function slashOne(uint256 actor, uint256 by) external {
        address staker = _actors[actor % 3];
        address reporter = _actors[by % 3];
        IStakeRegistry.Stake memory held = _stakes.stakeOf(staker);
        if (held.class == 0 || held.isSlashed) return;
        bytes32 report = _stakes.reportOf(reporter, staker, _secret);
        vm.prank(reporter);
        _stakes.commitSlash(report);
        vm.roll(block.number + 1);
        vm.prank(reporter);
        _stakes.slash(staker, _opening, _secret);
        burned += 57e18;
        rewarded += 3e18;
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
}
