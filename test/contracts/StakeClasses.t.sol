// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INoteSource} from "../../contracts/interfaces/INoteSource.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {IStakeRegistry} from "../../contracts/interfaces/IStakeRegistry.sol";
import {Built} from "./helpers/Built.sol";
import {StakeFixture} from "./helpers/StakeFixture.sol";

contract StakeClassesTest is StakeFixture {
    function test_addClass_emitsTheTerms() public {
        IStakeRegistry.Class memory terms = _terms();
        (terms.penalty, terms.limit) = (100e18, 256);
        bytes memory class = abi.encode("pennypost/class/v1", uint8(2), block.chainid, address(stakes), uint256(2));
        uint256 classId = uint256(keccak256(class)) >> 8;
        vm.expectEmit(address(stakes));
        emit IStakeRegistry.ClassAdded(2, classId, terms);
        vm.prank(OWNER);
        vm.assertEq(stakes.addClass(terms), 2);

        vm.assertEq(stakes.classCount(), 2);
        vm.assertEq(stakes.classIdOf(2), classId);
        vm.assertEq(keccak256(abi.encode(stakes.classOf(2))), keccak256(abi.encode(terms)));
        vm.assertFalse(stakes.isClosed(2));
    }

    function test_noteClass_saysWhatAStakeIsWorth() public {
        vm.prank(OWNER);
        stakes.addClass(IStakeRegistry.Class(9, 8, 7, 6 minutes, 5, 4 minutes, 3 minutes));
        INoteSource.NoteClass memory expected = INoteSource.NoteClass(
            2,
            address(stakes),
            2,
            9,
            5,
            4 minutes,
            3 minutes,
            6 minutes,
            7
        );
        vm.assertEq(keccak256(abi.encode(stakes.noteClass(2))), keccak256(abi.encode(expected)));
    }

    function test_addClass_revertsWhen_aTermIsOutOfRange() public {
        uint256 least = 1 minutes;
        uint256 most = 30 days;
        for (uint256 i = 0; i < 14; i++) {
            IStakeRegistry.Class memory terms = _terms();
            if (i == 0) (terms.amount, least, most) = (0, 1, type(uint96).max);
            if (i == 1) (terms.penalty, least, most) = (0, 1, 100e18);
            if (i == 2) terms.penalty = 100e18 + 1;
            if (i == 3) (terms.limit, least, most) = (0, 1, 256);
            if (i == 4) terms.limit = 257;
            if (i == 5) (terms.unitsPerTicket, least, most) = (0, 1, 4096);
            if (i == 6) terms.unitsPerTicket = 4097;
            if (i == 7) (terms.epochLength, least, most) = (59, 1 minutes, 30 days);
            if (i == 8) terms.epochLength = 30 days + 1;
            if (i == 9) terms.laneTtl = 59;
            if (i == 10) terms.laneTtl = 30 days + 1;
            if (i == 11) terms.rootWindow = 59;
            if (i == 12) terms.rootWindow = 30 days + 1;
            if (i == 13) (terms.limit, terms.amount, least, most) = (0, 0, 1, type(uint96).max);
            _expectOutOfRange(i, terms, least, most);
            vm.prank(OWNER);
            stakes.addClass(terms);
        }
    }

    function test_addClass_acceptsTheBoundaries() public {
        uint96 most = type(uint96).max;
        token = Built.newPostageToken(ALICE, 2 * uint256(most));
        (tree, stakes) = _deploy(token, IPostage.Disposal.Burn);
        vm.prank(ALICE);
        token.approve(address(stakes), most);
        vm.prank(OWNER);
        stakes.addClass(IStakeRegistry.Class(most, most, 256, 30 days, 4096, 30 days, 30 days));
        vm.prank(OWNER);
        stakes.addClass(IStakeRegistry.Class(1, 1, 1, 1 minutes, 1, 1 minutes, 1 minutes));

        IStakeRegistry.Opening memory opening = _opening(1, 5);
        vm.prank(ALICE);
        stakes.stake(2, opening);
        _slash(BOB, ALICE, opening, 1);
        vm.assertEq(token.totalSupply(), most + REWARD_CAP);
        vm.assertEq(stakes.stakeOf(ALICE).amount, 0);
        vm.warp(stakes.stakeOf(ALICE).exitAt);
        vm.prank(ALICE);
        vm.assertEq(stakes.exit(), 0);
        vm.assertEq(stakes.collectReward(0), REWARD_CAP);
        vm.assertEq(token.balanceOf(address(stakes)), 0);
    }

    function test_slash_burnsAllOfAPenaltyTooSmallToDivide() public {
        vm.prank(OWNER);
        stakes.addClass(IStakeRegistry.Class(1, 1, 1, 1 minutes, 1, 1 minutes, 1 minutes));
        IStakeRegistry.Opening memory opening = _opening(1, 5);
        vm.prank(ALICE);
        stakes.stake(2, opening);
        uint256 before = token.balanceOf(BOB);
        _slash(BOB, ALICE, opening, 1);
        _collect(0);
        vm.assertEq(token.balanceOf(BOB), before);
        vm.assertEq(token.totalSupply(), SUPPLY - 1);
    }

    function test_classes_areTheOwnersToAddAndClose() public {
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        stakes.addClass(_terms());
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        stakes.closeClass(BASIC);
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        stakes.pause();
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        stakes.unpause();
    }

    function test_unknownClass_isRefusedEverywhere() public {
        IStakeRegistry.Opening memory opening = _opening(1, 2);
        for (uint256 i = 0; i < 5; i++) {
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistryClassUnknown.selector, 2));
            vm.prank(i == 1 ? OWNER : ALICE);
            if (i == 0) stakes.stake(2, opening);
            if (i == 1) stakes.closeClass(2);
            if (i == 2) stakes.classOf(2);
            if (i == 3) stakes.classIdOf(2);
            if (i == 4) stakes.stakeWithPermit(2, opening, IPostage.Permit(0, 0, 0, 0));
        }
    }

    function _expectOutOfRange(uint256 i, IStakeRegistry.Class memory t, uint256 least, uint256 most) private {
        IStakeRegistry.Field[7] memory fields = [
            IStakeRegistry.Field.Amount,
            IStakeRegistry.Field.Penalty,
            IStakeRegistry.Field.Limit,
            IStakeRegistry.Field.UnitsPerTicket,
            IStakeRegistry.Field.EpochLength,
            IStakeRegistry.Field.LaneTtl,
            IStakeRegistry.Field.RootWindow
        ];
        uint256[7] memory values = [
            t.amount,
            t.penalty,
            t.limit,
            t.unitsPerTicket,
            t.epochLength,
            t.laneTtl,
            uint256(t.rootWindow)
        ];
        uint256 field = i == 13 ? 0 : (i + 1) / 2;
        bytes4 selector = IStakeRegistry.StakeRegistryClassOutOfRange.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, fields[field], values[field], least, most));
    }
}
