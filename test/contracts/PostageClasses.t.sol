// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INoteSource} from "../../contracts/interfaces/INoteSource.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {PostageFixture} from "./helpers/PostageFixture.sol";

contract PostageClassesTest is PostageFixture {
    function test_addClass_numbersClassesFromOne() public {
        IPostage.Class memory terms = _terms();
        terms.price = 5;
        vm.expectEmit(address(postage));
        emit IPostage.ClassAdded(2, tree.classIdOf(address(postage), 2), terms);
        vm.assertEq(_addClass(terms), 2);

        vm.assertEq(postage.classCount(), 2);
        vm.assertEq(postage.classOf(1).price, PRICE);
        vm.assertEq(postage.classOf(2).price, 5);
        vm.assertEq(postage.costOf(2, 7), 35);
    }

    function test_noteClass_saysWhatAStampIsWorth() public {
        uint256 number = _addClass(IPostage.Class(5, 6, 7 minutes, 8 minutes, 9 days));
        INoteSource.NoteClass memory expected = INoteSource.NoteClass(
            1,
            address(postage),
            2,
            5,
            6,
            7 minutes,
            8 minutes,
            0,
            0
        );
        vm.assertEq(keccak256(abi.encode(postage.noteClass(number))), keccak256(abi.encode(expected)));
    }

    function test_addClass_revertsWhen_aTermIsOutOfRange() public {
        IPostage.Class memory terms = _terms();
        terms.price = 0;
        _expectOutOfRange(terms, IPostage.Field.Price, 0, 1, type(uint96).max);
        _expectBadUnits(0);
        _expectBadUnits(4097);
        _expectBadLaneTtl(59);
        _expectBadLaneTtl(30 days + 1);
        _expectBadRootWindow(59);
        _expectBadRootWindow(30 days + 1);
        _expectBadNoteTtl(1 days - 1);
        _expectBadNoteTtl(3650 days + 1);
    }

    function test_addClass_acceptsTheBoundaries() public {
        _addClass(IPostage.Class(1, 1, 1 minutes, 1 minutes, 1 days));
        _addClass(IPostage.Class(type(uint96).max, 4096, 30 days, 30 days, 3650 days));
        vm.assertEq(postage.classCount(), 3);
    }

    function test_closeClass_endsTheSaleAndNothingElse() public {
        _buy(ALICE, 11, 1);
        bytes32 chain = tree.chain();
        vm.expectEmit(address(postage));
        emit IPostage.ClassClosed(STAMPS);
        _close(STAMPS);

        vm.assertTrue(postage.isClosed(STAMPS));
        vm.assertEq(tree.chain(), chain);
        vm.assertEq(postage.classOf(STAMPS).price, PRICE);
        vm.assertEq(postage.classIdOf(STAMPS), _classId());
    }

    function test_closeClass_revertsWhen_classIsClosedOrUnknown() public {
        _close(STAMPS);
        vm.expectRevert(abi.encodeWithSelector(IPostage.PostageClassClosed.selector, STAMPS));
        _close(STAMPS);
        vm.expectRevert(abi.encodeWithSelector(IPostage.PostageClassUnknown.selector, 2));
        _close(2);
    }

    function _expectBadUnits(uint32 units) private {
        IPostage.Class memory terms = _terms();
        terms.unitsPerTicket = units;
        _expectOutOfRange(terms, IPostage.Field.UnitsPerTicket, units, 1, 4096);
    }

    function _expectBadLaneTtl(uint256 ttl) private {
        IPostage.Class memory terms = _terms();
        terms.laneTtl = uint32(ttl);
        _expectOutOfRange(terms, IPostage.Field.LaneTtl, ttl, 1 minutes, 30 days);
    }

    function _expectBadRootWindow(uint256 window) private {
        IPostage.Class memory terms = _terms();
        terms.rootWindow = uint32(window);
        _expectOutOfRange(terms, IPostage.Field.RootWindow, window, 1 minutes, 30 days);
    }

    function _expectBadNoteTtl(uint256 ttl) private {
        IPostage.Class memory terms = _terms();
        terms.noteTtl = uint32(ttl);
        _expectOutOfRange(terms, IPostage.Field.NoteTtl, ttl, 1 days, 3650 days);
    }

    function _expectOutOfRange(
        IPostage.Class memory terms,
        IPostage.Field field,
        uint256 value,
        uint256 least,
        uint256 most
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IPostage.PostageClassOutOfRange.selector, field, value, least, most));
        _addClass(terms);
    }
}
