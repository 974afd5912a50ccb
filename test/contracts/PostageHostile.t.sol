// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {NoteTree} from "../../contracts/NoteTree.sol";
import {Postage} from "../../contracts/Postage.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {CrookedBurnToken} from "../../contracts/mocks/CrookedBurnToken.sol";
import {CrookedToken} from "../../contracts/mocks/CrookedToken.sol";
import {HookedToken} from "../../contracts/mocks/HookedToken.sol";
import {NestedBuyer} from "../../contracts/mocks/NestedBuyer.sol";
import {SilentToken} from "../../contracts/mocks/SilentToken.sol";
import {PostageFixture} from "./helpers/PostageFixture.sol";

/// @notice Tokens that lie, take fees, say nothing or call back: stamps cost their price or are not sold.
contract PostageHostileTest is PostageFixture {
    address private constant DEAD = address(0xdEaD);

    function testFuzz_buy_buriesExactlyThePriceWhen_theTokenReturnsNothing(uint256 count) public {
        count = _bound(count, 1, 256);
        SilentToken silent = new SilentToken(ALICE, SUPPLY, 18);
        Postage sale = _sell(address(silent), IPostage.Disposal.Bury);

        vm.assertEq(_buyFrom(sale, count), 0);
        vm.assertEq(silent.balanceOf(DEAD), count * PRICE);
        vm.assertEq(silent.balanceOf(ALICE), SUPPLY - count * PRICE);
        vm.assertEq(silent.balanceOf(address(sale)), 0);
    }

    function test_buy_revertsWhen_theTokenCannotBurnAndIsAskedTo() public {
        SilentToken silent = new SilentToken(ALICE, SUPPLY, 18);
        Postage sale = _sell(address(silent), IPostage.Disposal.Burn);
        vm.expectRevert("");
        _buyFrom(sale, 1);
    }

    function test_buy_revertsWhen_theTokenAnswersUnknownCalls() public {
        CrookedToken crooked = new CrookedToken(ALICE, SUPPLY, 100);
        Postage sale = _sell(address(crooked), IPostage.Disposal.Burn);
        _expectNotDestroyed(PRICE, 0);
        _buyFrom(sale, 1);
    }

    function test_buy_revertsWhen_theTokenTakesAFee() public {
        _expectCrooked(99, 99e18);
    }

    function test_buy_revertsWhen_theTokenDoesNothing() public {
        _expectCrooked(0, 0);
    }

    function test_buy_revertsWhen_theTokenTakesTooMuch() public {
        _expectCrooked(101, 101e18);
    }

    function test_buy_revertsWhen_theTokenMintsInsteadOfBurning() public {
        CrookedBurnToken crooked = new CrookedBurnToken(ALICE, SUPPLY, 2000);
        Postage sale = _sell(address(crooked), IPostage.Disposal.Burn);
        _expectNotDestroyed(PRICE, 0);
        _buyFrom(sale, 1);
    }

    function test_buy_revertsWhen_anotherPurchaseIsMadeInsideTheTokensCall() public {
        HookedToken hooked = new HookedToken(address(this), SUPPLY);
        for (uint256 i = 0; i < 2; i++) {
            IPostage.Disposal disposal = i == 0 ? IPostage.Disposal.Burn : IPostage.Disposal.Bury;
            (NoteTree sales, Postage sale) = _deploy(IERC20(address(hooked)), disposal);
            NestedBuyer buyer = new NestedBuyer(sale);
            hooked.transfer(address(buyer), 100 * PRICE);

            _expectNotDestroyed(10 * PRICE, 11 * PRICE);
            buyer.buyNested(STAMPS, 11, 10, 1);

            buyer.buyNested(STAMPS, 11, 10, 0);
            vm.assertEq(sales.leafCount(), 1);
            vm.assertEq(hooked.balanceOf(address(buyer)), 90 * PRICE);
        }
    }

    /// @dev Called back by the hooked token when this contract sends some; wants nothing.
    function tokensLeaving() external pure {}

    function _expectCrooked(uint256 percent, uint256 destroyed) private {
        CrookedBurnToken crooked = new CrookedBurnToken(ALICE, SUPPLY, percent);
        for (uint256 i = 0; i < 2; i++) {
            Postage sale = _sell(address(crooked), i == 0 ? IPostage.Disposal.Burn : IPostage.Disposal.Bury);
            _expectNotDestroyed(100 * PRICE, destroyed);
            _buyFrom(sale, 100);
            vm.assertEq(crooked.totalSupply(), SUPPLY);
            vm.assertEq(crooked.balanceOf(ALICE), SUPPLY);
        }
    }

    function _sell(address token_, IPostage.Disposal disposal) private returns (Postage sale) {
        (, sale) = _deploy(IERC20(token_), disposal);
        vm.prank(ALICE);
        SilentToken(token_).approve(address(sale), type(uint256).max);
    }

    function _buyFrom(Postage sale, uint256 count) private returns (uint256) {
        vm.prank(ALICE);
        return sale.buy(STAMPS, 11, count);
    }

    function _expectNotDestroyed(uint256 cost, uint256 destroyed) private {
        vm.expectRevert(abi.encodeWithSelector(IPostage.PostageNotDestroyed.selector, cost, destroyed));
    }
}
