// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {PostageFixture} from "./helpers/PostageFixture.sol";

contract PostageTest is PostageFixture {
    function test_constructor_showsItsParameters() public view {
        vm.assertEq(address(postage.token()), address(token));
        vm.assertEq(address(postage.tree()), address(tree));
        vm.assertTrue(postage.disposal() == IPostage.Disposal.Burn);
        vm.assertEq(postage.owner(), OWNER);
    }

    function test_buy_burnsThePriceAndAppendsTheNote() public {
        uint256 classId = _classId();
        vm.expectEmit(address(tree));
        emit INoteTree.NoteAppended(0, 0, classId, 11, 100, block.timestamp + 365 days);
        vm.expectEmit(address(postage));
        emit IPostage.StampsBought(ALICE, STAMPS, 0, 100, 100 * PRICE);
        vm.assertEq(_buy(ALICE, 11, 100), 0);

        vm.assertEq(token.totalSupply(), SUPPLY - 100 * PRICE);
        vm.assertEq(token.balanceOf(ALICE), SUPPLY - 100 * PRICE);
        vm.assertEq(token.balanceOf(address(postage)), 0);
    }

    function testFuzz_buy_burnsExactlyPriceTimesCount(uint96 price, uint256 count, uint256 commitment) public {
        vm.assume(price > 0);
        count = _bound(count, 1, 256);
        commitment = _bound(commitment, 0, FIELD_ORDER - 1);
        IPostage.Class memory terms = _terms();
        terms.price = price;
        uint256 class = _addClass(terms);
        uint256 cost = uint256(price) * count;
        if (cost > SUPPLY) return _expectBuyBeyondMeans(class, commitment, count, cost);

        vm.prank(ALICE);
        uint256 leaf = postage.buy(class, commitment, count);
        vm.assertEq(leaf, 0);
        vm.assertEq(token.totalSupply(), SUPPLY - cost);
        vm.assertEq(token.balanceOf(ALICE), SUPPLY - cost);
    }

    function test_buy_acceptsACommitmentThatSomebodyCopied() public {
        vm.prank(ALICE);
        token.transfer(MALLORY, 10 * PRICE);
        _approve(MALLORY, 10 * PRICE);

        vm.assertEq(_buy(MALLORY, 11, 10), 0);
        vm.assertEq(_buy(ALICE, 11, 10), 1);
    }

    function test_buy_revertsWhen_classIsUnknown() public {
        for (uint256 i = 0; i < 2; i++) {
            uint256 class = i == 0 ? 0 : 2;
            vm.expectRevert(abi.encodeWithSelector(IPostage.PostageClassUnknown.selector, class));
            vm.prank(ALICE);
            postage.buy(class, 11, 1);
        }
    }

    function test_buy_revertsWhen_classIsClosed() public {
        _close(STAMPS);
        vm.expectRevert(abi.encodeWithSelector(IPostage.PostageClassClosed.selector, STAMPS));
        _buy(ALICE, 11, 1);
    }

    function test_buy_revertsWhen_countIsOutOfRange() public {
        uint256[3] memory counts = [uint256(0), 257, type(uint256).max];
        for (uint256 i = 0; i < counts.length; i++) {
            vm.expectRevert(abi.encodeWithSelector(IPostage.PostageCountOutOfRange.selector, counts[i]));
            _buy(ALICE, 11, counts[i]);
        }
    }

    function test_buy_revertsWhen_commitmentIsNotAFieldElement() public {
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeCommitmentOutOfRange.selector, FIELD_ORDER));
        _buy(ALICE, FIELD_ORDER, 1);
        vm.assertEq(token.totalSupply(), SUPPLY);
    }

    function test_buy_revertsWhen_theAllowanceIsTooLow() public {
        _approve(ALICE, PRICE - 1);
        vm.expectRevert(_allowanceError(PRICE - 1, PRICE));
        _buy(ALICE, 11, 1);
        vm.assertEq(tree.leafCount(), 0);
    }

    function test_buy_revertsWhen_paused() public {
        _pause();
        vm.expectRevert(abi.encodeWithSignature("EnforcedPause()"));
        _buy(ALICE, 11, 1);

        vm.expectRevert(abi.encodeWithSignature("EnforcedPause()"));
        vm.prank(ALICE);
        postage.buyWithPermit(STAMPS, 11, 1, IPostage.Permit(0, 0, 0, 0));

        vm.prank(OWNER);
        postage.unpause();
        vm.assertEq(_buy(ALICE, 11, 1), 0);
    }

    function test_views_revertWhen_classIsUnknown() public {
        bytes memory unknown = abi.encodeWithSelector(IPostage.PostageClassUnknown.selector, 2);
        vm.expectRevert(unknown);
        postage.classOf(2);
        vm.expectRevert(unknown);
        postage.classIdOf(2);
        vm.expectRevert(unknown);
        postage.costOf(2, 1);
    }

    function test_ownersActs_revertWhen_callerIsNotTheOwner() public {
        IPostage.Class memory terms = _terms();
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        postage.addClass(terms);
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        postage.closeClass(STAMPS);
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        postage.pause();
        _pause();
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        postage.unpause();
    }

    function test_transferOwnership_needsTheNewOwnersAcceptance() public {
        vm.prank(OWNER);
        postage.transferOwnership(BOB);
        vm.assertEq(postage.owner(), OWNER);
        vm.prank(BOB);
        postage.acceptOwnership();
        vm.assertEq(postage.owner(), BOB);
    }

    function _expectBuyBeyondMeans(uint256 class, uint256 commitment, uint256 count, uint256 cost) private {
        string memory tooLow = "ERC20InsufficientBalance(address,uint256,uint256)";
        vm.expectRevert(abi.encodeWithSignature(tooLow, ALICE, SUPPLY, cost));
        vm.prank(ALICE);
        postage.buy(class, commitment, count);
    }

    function _allowanceError(uint256 allowed, uint256 needed) private view returns (bytes memory) {
        string memory tooLow = "ERC20InsufficientAllowance(address,uint256,uint256)";
        return abi.encodeWithSignature(tooLow, address(postage), allowed, needed);
    }
}
