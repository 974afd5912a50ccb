// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {IStakeRegistry} from "../../contracts/interfaces/IStakeRegistry.sol";
import {StakeFixture} from "./helpers/StakeFixture.sol";

contract StakeRegistryTest is StakeFixture {
    uint256 private constant CAROLS_KEY = 0xCA401;

    function test_constructor_showsItsParameters() public view {
        vm.assertEq(address(stakes.token()), address(token));
        vm.assertEq(address(stakes.tree()), address(tree));
        vm.assertTrue(stakes.disposal() == IPostage.Disposal.Burn);
        vm.assertEq(stakes.rewardCap(), REWARD_CAP);
        vm.assertEq(stakes.owner(), OWNER);
    }

    function test_closeClass_endsNewStakesOnly() public {
        _stake(ALICE, 1);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.ClassClosed(BASIC);
        vm.prank(OWNER);
        stakes.closeClass(BASIC);
        vm.assertTrue(stakes.isClosed(BASIC));

        IStakeRegistry.Opening memory second = _opening(2, 3);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryClassClosed.selector, BASIC));
        vm.prank(BOB);
        stakes.stake(BASIC, second);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryClassClosed.selector, BASIC));
        vm.prank(OWNER);
        stakes.closeClass(BASIC);
        _leave(ALICE, 100e18);
    }

    function test_stake_putsTheNoteIntoTheTreeAndEmitsItsOpening() public {
        IStakeRegistry.Opening memory opening = _opening(11, 22);
        uint256 classId = stakes.classIdOf(BASIC);
        vm.expectEmit(address(tree));
        emit INoteTree.NoteAppended(0, 0, classId, opening.commitment, 20, type(uint40).max);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.Staked(ALICE, BASIC, 0, opening);
        vm.prank(ALICE);
        vm.assertEq(stakes.stake(BASIC, opening), 0);

        vm.assertEq(token.balanceOf(address(stakes)), 100e18);
        _expectStake(ALICE, IStakeRegistry.Stake(BASIC, 100e18, 0, 0, false));
        _expectStake(BOB, IStakeRegistry.Stake(0, 0, 0, 0, false));
    }

    function testFuzz_stakeAndExit_giveBackExactlyTheAmount(uint96 amount, uint96 penalty, uint32 epoch) public {
        IStakeRegistry.Class memory terms = _terms();
        terms.amount = uint96(_bound(amount, 1, 10_000e18));
        terms.penalty = uint96(_bound(penalty, 1, terms.amount));
        terms.epochLength = uint32(_bound(epoch, 1 minutes, 30 days));
        vm.prank(OWNER);
        uint256 class = stakes.addClass(terms);
        uint256 before = token.balanceOf(BOB);
        IStakeRegistry.Opening memory opening = _opening(1, 2);
        vm.prank(BOB);
        stakes.stake(class, opening);
        vm.assertEq(token.balanceOf(BOB), before - terms.amount);

        vm.prank(BOB);
        uint256 exitAt = stakes.requestExit();
        vm.assertEq(exitAt, block.timestamp + terms.epochLength + 2 hours + 1 days);
        vm.warp(exitAt);
        vm.prank(BOB);
        vm.assertEq(stakes.exit(), terms.amount);
        vm.assertEq(token.balanceOf(BOB), before);
        vm.assertEq(token.balanceOf(address(stakes)), 0);
    }

    function test_stake_revertsWhen_theAccountHasOne() public {
        _stake(ALICE, 1);
        IStakeRegistry.Opening memory opening = _opening(2, 3);
        for (uint256 i = 0; i < 2; i++) {
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryAlreadyStaked.selector, ALICE));
            vm.prank(ALICE);
            stakes.stake(BASIC, opening);
            if (i == 1) break;
            vm.prank(ALICE);
            stakes.requestExit();
        }
    }

    function test_stake_acceptsACommitmentThatSomebodyCopied() public {
        IStakeRegistry.Opening memory opening = _opening(1, 2);
        vm.prank(MALLORY);
        stakes.stake(BASIC, opening);
        vm.prank(ALICE);
        vm.assertEq(stakes.stake(BASIC, opening), 1);
    }

    function test_stake_revertsWhen_aHashIsNotAFieldElement() public {
        for (uint256 i = 0; i < 4; i++) {
            IStakeRegistry.Opening memory opening = _opening(1, 2);
            // The same value to Poseidon, but no secret hashes to it; or the least that is none.
            uint256 wrong = FIELD_ORDER + (i < 2 ? (i == 0 ? opening.secretHash : opening.personHash) : 0);
            if (i % 2 == 0) opening.secretHash = wrong;
            else opening.personHash = wrong;
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryHashOutOfRange.selector, wrong));
            vm.prank(ALICE);
            stakes.stake(BASIC, opening);
        }
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeCommitmentOutOfRange.selector, FIELD_ORDER));
        vm.prank(ALICE);
        stakes.stake(BASIC, IStakeRegistry.Opening(FIELD_ORDER, 0, 0));
    }

    function test_stakeWithPermit_takesExactlyTheAmount_evenWhen_aStrangerSubmittedThePermitFirst() public {
        for (uint256 i = 0; i < 2; i++) {
            address carol = vm.addr(CAROLS_KEY + i);
            IPostage.Permit memory permit = _permit(CAROLS_KEY + i);
            if (i == 1) token.permit(carol, address(stakes), 100e18, permit.deadline, permit.v, permit.r, permit.s);
            IStakeRegistry.Opening memory opening = _opening(1, 2);
            vm.prank(carol);
            stakes.stakeWithPermit(BASIC, opening, permit);
            vm.assertEq(token.balanceOf(carol), 0);
            vm.assertEq(token.allowance(carol, address(stakes)), 0);
        }
    }

    function test_requestExit_zeroesTheLeaf() public {
        _stake(ALICE, 1);
        vm.expectEmit(address(tree));
        emit INoteTree.NoteZeroed(1, 0);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.ExitRequested(ALICE, block.timestamp + WAIT);
        vm.prank(ALICE);
        stakes.requestExit();
        _expectStake(ALICE, IStakeRegistry.Stake(BASIC, 100e18, 0, block.timestamp + WAIT, false));

        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryExiting.selector, block.timestamp + WAIT));
        vm.prank(ALICE);
        stakes.requestExit();
    }

    function test_exit_isPossibleFromItsTimeOnAndOnce() public {
        for (uint256 i = 0; i < 2; i++) {
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryNotStaked.selector, ALICE));
            vm.prank(ALICE);
            i == 0 ? stakes.exit() : stakes.requestExit();
        }
        _stake(ALICE, 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryInForce.selector, ALICE));
        vm.prank(ALICE);
        stakes.exit();

        vm.prank(ALICE);
        uint256 exitAt = stakes.requestExit();
        vm.warp(exitAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryTooEarly.selector, exitAt));
        vm.prank(ALICE);
        stakes.exit();

        vm.warp(exitAt);
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.Exited(ALICE, 100e18);
        vm.prank(ALICE);
        stakes.exit();
        _stake(ALICE, 2);
    }

    function test_pause_stopsNewStakesOnly() public {
        IStakeRegistry.Opening memory opening = _stake(ALICE, 1);
        _stake(BOB, 2);
        vm.prank(OWNER);
        stakes.pause();
        IStakeRegistry.Opening memory third = _opening(3, 4);
        vm.expectRevert(abi.encodeWithSignature("EnforcedPause()"));
        vm.prank(MALLORY);
        stakes.stake(BASIC, third);

        _slash(MALLORY, ALICE, opening, 1);
        _leave(BOB, 100e18);
        vm.prank(ALICE);
        stakes.exit();
        vm.prank(OWNER);
        stakes.unpause();
        _stake(MALLORY, 3);
    }

    /// @notice By an account that has exactly one deposit.
    function _permit(uint256 key) private returns (IPostage.Permit memory) {
        vm.prank(ALICE);
        token.transfer(vm.addr(key), 100e18);
        bytes32 kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 fields = keccak256(abi.encode(kind, vm.addr(key), address(stakes), 100e18, 0, block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), fields));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return IPostage.Permit(block.timestamp, v, r, s);
    }

    function _leave(address staker, uint256 amount) private {
        vm.prank(staker);
        vm.warp(stakes.requestExit());
        vm.prank(staker);
        vm.assertEq(stakes.exit(), amount);
    }

    function _expectStake(address staker, IStakeRegistry.Stake memory expected) private view {
        vm.assertEq(keccak256(abi.encode(stakes.stakeOf(staker))), keccak256(abi.encode(expected)));
    }
}
