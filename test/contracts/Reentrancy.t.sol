// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CheckpointRegistry} from "../../contracts/CheckpointRegistry.sol";
import {OperatorPool} from "../../contracts/OperatorPool.sol";
import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {IOperatorPool} from "../../contracts/interfaces/IOperatorPool.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {IStakeRegistry} from "../../contracts/interfaces/IStakeRegistry.sol";
import {IntrudingToken} from "../../contracts/mocks/IntrudingToken.sol";
import {Built} from "./helpers/Built.sol";
import {StakeFixture} from "./helpers/StakeFixture.sol";

/// @notice A token that calls back: from inside a movement of money no other is possible. `PaymentsHostile` and
/// `PostageHostile` have theirs.
contract ReentrancyTest is StakeFixture {
    IntrudingToken private _intruding;
    IStakeRegistry.Opening private _falseOpening = IStakeRegistry.Opening(1, 2, 3);

    function setUp() public override {
        super.setUp();
        _intruding = new IntrudingToken(ALICE, SUPPLY);
        (tree, stakes) = _deploy(_intruding, IPostage.Disposal.Burn);
        vm.prank(ALICE);
        _intruding.approve(address(stakes), SUPPLY);
    }

    function test_stakeRegistry_staysClosedInsideTheTokensCall() public {
        IStakeRegistry.Opening memory opening = _opening(1, 5);
        bytes[6] memory nested = [
            abi.encodeCall(IStakeRegistry.stake, (BASIC, opening)),
            abi.encodeCall(IStakeRegistry.requestExit, ()),
            abi.encodeCall(IStakeRegistry.exit, ()),
            abi.encodeCall(IStakeRegistry.slash, (ALICE, opening, 1)),
            abi.encodeCall(IStakeRegistry.slashFalseOpening, (ALICE, _falseOpening)),
            abi.encodeCall(IStakeRegistry.collectReward, (0))
        ];
        for (uint256 i = 0; i < nested.length; i++) {
            _expectClosed(address(stakes), nested[i]);
            vm.prank(ALICE);
            stakes.stake(BASIC, opening);
        }
        _disarm();
        vm.prank(ALICE);
        stakes.stake(BASIC, opening);
        _commit(BOB, ALICE, 1);
        for (uint256 i = 0; i < nested.length; i++) {
            _expectClosed(address(stakes), nested[i]);
            vm.prank(BOB);
            stakes.slash(ALICE, opening, 1);
        }
        vm.prank(ALICE);
        vm.warp(stakes.requestExit());
        for (uint256 i = 0; i < nested.length; i++) {
            _expectClosed(address(stakes), nested[i]);
            vm.prank(ALICE);
            stakes.exit();
        }
        vm.assertEq(_intruding.balanceOf(address(stakes)), 100e18);
    }

    function test_slashFalseOpening_staysClosedInsideTheTokensCall() public {
        vm.prank(ALICE);
        stakes.stake(BASIC, _falseOpening);
        _commitTo(BOB, stakes.falseReportOf(BOB, ALICE));
        _expectClosed(address(stakes), abi.encodeCall(IStakeRegistry.slashFalseOpening, (ALICE, _falseOpening)));
        vm.prank(BOB);
        stakes.slashFalseOpening(ALICE, _falseOpening);
    }

    function test_collectReward_staysClosedInsideTheTokensCall() public {
        vm.prank(ALICE);
        stakes.stake(BASIC, _falseOpening);
        _slashFalse(BOB, ALICE, _falseOpening);
        vm.warp(block.timestamp + LIFE);
        bytes[2] memory nested = [
            abi.encodeCall(IStakeRegistry.collectReward, (0)),
            abi.encodeCall(IStakeRegistry.slashFalseOpening, (ALICE, _falseOpening))
        ];
        for (uint256 i = 0; i < nested.length; i++) {
            _expectClosed(address(stakes), nested[i]);
            stakes.collectReward(0);
        }
        _disarm();
        vm.assertEq(stakes.collectReward(0), 3e18);
    }

    function test_operatorPool_staysClosedInsideTheTokensCall() public {
        OperatorPool pool = Built.newOperatorPool(OWNER, _intruding);
        vm.prank(OWNER);
        pool.addOperator(BOB);
        vm.prank(ALICE);
        _intruding.transfer(address(pool), 10e18);
        _expectClosed(address(pool), abi.encodeCall(IOperatorPool.withdraw, ()));
        vm.prank(BOB);
        pool.withdraw();
        vm.assertEq(_intruding.balanceOf(address(pool)), 10e18);
    }

    function test_checkpointRegistry_staysClosedInsideTheTokensCall() public {
        CheckpointRegistry registry = Built.newCheckpointRegistry(
            OWNER,
            _intruding,
            tree,
            IPostage.Disposal.Burn,
            "network",
            100e18,
            0
        );
        vm.prank(ALICE);
        _intruding.approve(address(registry), SUPPLY);
        ICheckpointRegistry.Signed memory none;
        ICheckpointRegistry.Step memory step;
        bytes[7] memory nested = [
            abi.encodeCall(ICheckpointRegistry.deposit, ()),
            abi.encodeCall(ICheckpointRegistry.exit, ()),
            abi.encodeCall(ICheckpointRegistry.slashEquivocation, (none, none)),
            abi.encodeCall(ICheckpointRegistry.slashFalseHeader, (none)),
            abi.encodeCall(ICheckpointRegistry.slashBrokenChain, (none, none.header)),
            abi.encodeCall(ICheckpointRegistry.slashFalseRoot, (none, none.header, new bytes32[](0), 0, step)),
            abi.encodeCall(ICheckpointRegistry.slashFalseLeaks, (none, new uint256[](0), 0))
        ];
        for (uint256 i = 0; i < nested.length; i++) {
            _expectClosed(address(registry), nested[i]);
            vm.prank(ALICE);
            registry.deposit();
        }
        _disarm();
        vm.prank(ALICE);
        registry.deposit();
        vm.prank(ALICE);
        vm.warp(registry.requestExit());
        for (uint256 i = 0; i < nested.length; i++) {
            _expectClosed(address(registry), nested[i]);
            vm.prank(ALICE);
            registry.exit();
        }
    }

    function _disarm() private {
        _intruding.arm(address(0), "");
    }

    function _expectClosed(address target, bytes memory nested) private {
        _intruding.arm(target, nested);
        vm.expectRevert(abi.encodeWithSignature("ReentrancyGuardReentrantCall()"));
    }
}
