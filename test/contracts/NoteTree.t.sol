// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {ClassId} from "../../contracts/libraries/ClassId.sol";
import {Code} from "../../contracts/libraries/Code.sol";
import {Built} from "./helpers/Built.sol";
import {NoteTreeFixture} from "./helpers/NoteTreeFixture.sol";

contract NoteTreeTest is NoteTreeFixture {
    function test_addInserter_showsWhoMayAppendWhat() public {
        vm.expectEmit(address(tree));
        emit INoteTree.InserterAdded(BOB, ClassId.STAKE);
        _add(BOB, ClassId.STAKE);

        vm.assertEq(tree.kindOf(BOB), 2);
        vm.assertEq(tree.kindOf(MALLORY), 0);
    }

    function test_addInserter_revertsWhen_callerIsNotTheOwner() public {
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        tree.addInserter(MALLORY, ClassId.STAMP);
    }

    function test_addInserter_revertsFor_nobody() public {
        vm.expectRevert(abi.encodeWithSelector(Code.CodeMissing.selector, address(0)));
        vm.prank(OWNER);
        tree.addInserter(address(0), 1);
    }

    function test_addInserter_revertsWhen_kindIsUnknown() public {
        for (uint8 i = 0; i < 3; i++) {
            uint8 kind = i == 0 ? 0 : uint8(1 + 2 * i);
            vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeKindUnknown.selector, kind));
            _add(BOB, kind);
        }
    }

    function test_addInserter_revertsWhen_inserterIsKnown() public {
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeInserterKnown.selector, STAMPS, ClassId.STAMP));
        _add(STAMPS, ClassId.STAKE);
    }

    function test_transferOwnership_needsTheNewOwnersAcceptance() public {
        vm.prank(OWNER);
        tree.transferOwnership(BOB);
        vm.assertEq(tree.owner(), OWNER);

        vm.prank(BOB);
        tree.acceptOwnership();
        vm.assertEq(tree.owner(), BOB);
    }

    function test_append_givesLeavesInOrderAndEmitsAll() public {
        uint256 classId = _classId(1, STAMPS, 7);
        vm.expectEmit(address(tree));
        emit INoteTree.NoteAppended(0, 0, classId, 11, 10, EXPIRY);
        vm.assertEq(_append(STAMPS, 11, 7, 10, EXPIRY), 0);

        classId = _classId(2, STAKES, 1);
        vm.expectEmit(address(tree));
        emit INoteTree.NoteAppended(1, 1, classId, 12, 20, EXPIRY);
        vm.assertEq(_append(STAKES, 12, 1, 20, EXPIRY), 1);

        vm.assertEq(tree.leafCount(), 2);
        vm.assertEq(tree.operationCount(), 2);
    }

    function test_append_acceptsTheBoundaries() public {
        _append(STAMPS, 0, 0, 1, 0);
        _append(STAMPS, FIELD_ORDER - 1, type(uint256).max, 256, type(uint40).max);
        vm.assertEq(tree.leafCount(), 2);
    }

    function test_append_acceptsACommitmentThatIsAlreadyThere() public {
        vm.assertEq(_append(STAMPS, 11, 1, 10, EXPIRY), 0);
        vm.assertEq(_append(STAMPS, 11, 1, 10, EXPIRY), 1);
        vm.assertEq(_append(STAKES, 11, 1, 10, EXPIRY), 2);
    }

    function test_append_revertsWhen_callerIsNotAnInserter() public {
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeNotInserter.selector, OWNER));
        _append(OWNER, 11, 1, 10, EXPIRY);
    }

    function test_append_revertsWhen_commitmentIsNotAFieldElement() public {
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeCommitmentOutOfRange.selector, FIELD_ORDER));
        _append(STAMPS, FIELD_ORDER, 1, 10, EXPIRY);
    }

    function test_append_revertsWhen_limitIsOutOfRange() public {
        for (uint256 i = 0; i < 2; i++) {
            uint256 limit = i == 0 ? 0 : 257;
            vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeLimitOutOfRange.selector, limit));
            _append(STAMPS, 11, 1, limit, EXPIRY);
        }
    }

    function test_append_revertsWhen_expiryDoesNotFitFortyBits() public {
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeExpiryOutOfRange.selector, 2 ** 40));
        _append(STAMPS, 11, 1, 10, 2 ** 40);
    }

    function test_append_goesOnInTheNextTreeWhen_oneIsFull() public {
        _setLeafCount(CAPACITY - 1);
        vm.assertEq(_append(STAKES, 11, 1, 10, EXPIRY), CAPACITY - 1);
        vm.assertEq(_append(STAKES, 12, 1, 10, EXPIRY), CAPACITY);

        vm.prank(STAKES);
        tree.zero(CAPACITY - 1);
        _expectNotHeld(CAPACITY - 1, STAKES);
        vm.prank(STAKES);
        tree.zero(CAPACITY);
        vm.assertEq(tree.leafCount(), CAPACITY + 1);
    }

    function test_append_revertsWhen_allTreesAreFull() public {
        _append(STAKES, 11, 1, 10, EXPIRY);
        _setLeafCount(2 ** 32 - 1);
        vm.assertEq(_append(STAMPS, 11, 1, 10, EXPIRY), 2 ** 32 - 1);

        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeFull.selector));
        _append(STAMPS, 11, 1, 10, EXPIRY);

        vm.prank(STAKES);
        tree.zero(0); // exits still work
        vm.assertEq(tree.operationCount(), 3);
    }

    function test_capacity_isAPowerOfTwo() public {
        for (uint256 exponent = 1; exponent <= 20; exponent++) {
            vm.assertEq(Built.newNoteTree(OWNER, 2 ** exponent).capacity(), 2 ** exponent);
        }
        uint256[6] memory others = [uint256(0), 1, 3, 2 ** 20 - 1, 2 ** 21, type(uint256).max];
        for (uint256 i = 0; i < others.length; i++) {
            vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeCapacityWrong.selector, others[i]));
            Built.newNoteTree(OWNER, others[i]);
        }
    }

    function test_zero_emitsTheLeafAndKeepsTheIndexTaken() public {
        _append(STAKES, 11, 1, 10, EXPIRY);
        vm.expectEmit(address(tree));
        emit INoteTree.NoteZeroed(1, 0);
        vm.prank(STAKES);
        tree.zero(0);

        vm.assertEq(tree.leafCount(), 1);
        vm.assertEq(_append(STAKES, 11, 1, 10, EXPIRY), 1);
    }

    function test_zero_revertsWhen_leafIsAnothers() public {
        _append(STAKES, 11, 1, 10, EXPIRY);
        _expectNotHeld(0, OTHER_STAKES);
        _expectNotHeld(0, MALLORY);
        _expectNotHeld(0, OWNER);
    }

    function test_zero_revertsWhen_leafIsAStampOrAPayment() public {
        address payer = address(0x57D);
        _add(payer, ClassId.PAYMENT);
        _append(STAMPS, 11, 1, 10, EXPIRY);
        _append(payer, 11, 1, 10, EXPIRY);
        _expectNotHeld(0, STAMPS);
        _expectNotHeld(1, payer);
    }

    function test_zero_revertsWhen_leafIsAlreadyZeroed() public {
        _append(STAKES, 11, 1, 10, EXPIRY);
        vm.prank(STAKES);
        tree.zero(0);
        _expectNotHeld(0, STAKES);
    }

    function test_zero_revertsWhen_leafIsNotThere() public {
        _append(STAKES, 11, 1, 10, EXPIRY);
        _expectNotHeld(1, STAKES);
    }

    function _expectNotHeld(uint256 leafIndex, address caller) private {
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeLeafNotHeld.selector, leafIndex, caller));
        vm.prank(caller);
        tree.zero(leafIndex);
    }

    /// @dev Slot 2 holds the operation count (low half) and the leaf count (high half).
    function _setLeafCount(uint256 count) private {
        bytes32 slot = bytes32(uint256(2));
        uint256 operations = uint256(vm.load(address(tree), slot)) & type(uint128).max;
        vm.store(address(tree), slot, bytes32((count << 128) | operations));
        vm.assertEq(tree.leafCount(), count);
    }
}
