// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INoteSource} from "../../contracts/interfaces/INoteSource.sol";
import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {IPayments} from "../../contracts/interfaces/IPayments.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {Built} from "./helpers/Built.sol";
import {PaymentsFixture} from "./helpers/PaymentsFixture.sol";

contract PaymentsTest is PaymentsFixture {
    uint256 private constant CAROLS_KEY = 0xCA401;

    function test_constructor_showsItsParameters() public view {
        vm.assertEq(address(payments.token()), address(token));
        vm.assertEq(address(payments.tree()), address(tree));
        vm.assertEq(payments.operatorPool(), address(pool));
        vm.assertTrue(payments.disposal() == IPostage.Disposal.Burn);
        vm.assertEq(keccak256(abi.encode(payments.floor())), keccak256(abi.encode(_floor())));
        vm.assertEq(payments.owner(), OWNER);
    }

    function test_noteClass_saysWhatAPaymentIsWorth() public view {
        INoteSource.NoteClass memory expected = INoteSource.NoteClass(
            4,
            address(payments),
            1,
            _floor().leastBase,
            64,
            1 days,
            1 hours,
            0,
            1
        );
        vm.assertEq(keccak256(abi.encode(payments.noteClass(1))), keccak256(abi.encode(expected)));
    }

    function test_constructor_revertsWhen_theFloorIsOutOfRange() public {
        IPayments.Floor memory floor = _floor();
        floor.leastBase = 0;
        _expectOutOfRange(IPayments.Field.LeastBase, 0, 1, type(uint96).max);
        Built.newPayments(OWNER, token, tree, IPostage.Disposal.Burn, address(pool), floor);

        floor = _floor();
        floor.operatorShare = 5_001;
        _expectOutOfRange(IPayments.Field.OperatorShare, 5_001, 0, 5_000);
        Built.newPayments(OWNER, token, tree, IPostage.Disposal.Burn, address(pool), floor);
    }

    function test_pay_entersThePaymentIntoTheTreeAndEmitsItsTerms() public {
        IPayments.Terms memory terms = _terms(ALICE, 3, _rate());
        bytes32 payment = _idOf(terms);
        bytes memory class = abi.encode("pennypost/class/v1", uint8(4), block.chainid, address(payments), uint256(1));
        vm.expectEmit(address(tree));
        emit INoteTree.NoteAppended(0, 0, uint256(keccak256(class)) >> 8, uint256(payment) >> 8, 1, deliverBy);
        vm.expectEmit(address(payments));
        emit IPayments.Paid(payment, ALICE, 0, terms);
        _pay(3, _rate());

        vm.assertEq(payments.paymentOf(terms), payment);
        vm.assertTrue(payments.ledgerOf(payment).isPaid);
    }

    function testFuzz_pay_splitsExactlyWhatItCosts(uint256 count, uint96 base, uint96 bond, uint96 tip) public {
        count = _bound(count, 1, 1_000_000);
        IPayments.Rate memory rate = IPayments.Rate({
            base: uint96(_bound(base, 1e16, MOST)),
            bond: uint96(_bound(bond, 0, MOST)),
            tip: uint96(_bound(tip, 0, MOST_TIP))
        });
        vm.prank(ALICE);
        payments.pay(USE, count, rate, deliverBy);

        uint256 share = (count * rate.base * 3) / 10;
        vm.assertEq(token.balanceOf(address(payments)), count * (uint256(rate.bond) + rate.tip));
        vm.assertEq(token.balanceOf(address(pool)), share);
        vm.assertEq(token.totalSupply(), SUPPLY - (count * rate.base - share));
        vm.assertEq(token.balanceOf(ALICE), SUPPLY - payments.costOf(count, rate));
    }

    function test_pay_acceptsTheBoundaries() public {
        IPayments.Rate memory least = IPayments.Rate({base: 1e16, bond: 0, tip: 0});
        deliverBy = block.timestamp;
        _pay(1, least);
        deliverBy = block.timestamp + 90 days;
        _pay(1, IPayments.Rate({base: 1e16, bond: MOST, tip: MOST_TIP}));
        vm.prank(ALICE);
        token.burn(SUPPLY / 2);
        vm.prank(ALICE);
        payments.pay(0, type(uint32).max, least, deliverBy);
        vm.assertEq(tree.leafCount(), 3);
    }

    function test_pay_revertsWhen_aTermIsOutOfRange() public {
        IPayments.Rate memory rate = _rate();
        _expectOutOfRange(IPayments.Field.Count, 0, 1, type(uint32).max);
        _tryPay(0, rate, deliverBy);
        _expectOutOfRange(IPayments.Field.Count, 2 ** 32, 1, type(uint32).max);
        _tryPay(2 ** 32, rate, deliverBy);
        rate.base = 1e16 - 1;
        _expectOutOfRange(IPayments.Field.Base, 1e16 - 1, 1e16, type(uint96).max);
        _tryPay(1, rate, deliverBy);
        rate = _rate();
        rate.bond = MOST + 1;
        _expectOutOfRange(IPayments.Field.Bond, MOST + 1, 0, MOST);
        _tryPay(1, rate, deliverBy);
        rate = _rate();
        rate.tip = MOST_TIP + 1;
        _expectOutOfRange(IPayments.Field.Tip, MOST_TIP + 1, 0, MOST_TIP);
        _tryPay(1, rate, deliverBy);
    }

    function test_costOf_revertsWhen_soManyRecipientsCannotBe() public {
        uint256[3] memory counts = [uint256(0), 2 ** 32, type(uint256).max];
        for (uint256 i = 0; i < 3; i++) {
            _expectOutOfRange(IPayments.Field.Count, counts[i], 1, type(uint32).max);
            payments.costOf(counts[i], _rate());
        }
    }

    function test_pay_revertsWhen_deliverByIsPastOrTooFar() public {
        uint256 now_ = block.timestamp;
        _expectOutOfRange(IPayments.Field.DeliverBy, now_ - 1, now_, now_ + 90 days);
        _tryPay(1, _rate(), now_ - 1);
        _expectOutOfRange(IPayments.Field.DeliverBy, now_ + 90 days + 1, now_, now_ + 90 days);
        _tryPay(1, _rate(), now_ + 90 days + 1);
        _expectOutOfRange(IPayments.Field.DeliverBy, type(uint256).max, now_, now_ + 90 days);
        _tryPay(1, _rate(), type(uint256).max);
    }

    function test_pay_revertsWhen_theSamePaymentWasMade() public {
        IPayments.Terms memory terms = _pay(2, _rate());
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsAlreadyMade.selector, _idOf(terms)));
        vm.prank(ALICE);
        payments.pay(terms.root, 2, terms.rate, deliverBy);
    }

    function test_pay_isNotPreventedBy_aStrangerWhoPaysTheSameRoot() public {
        vm.prank(ALICE);
        token.transfer(MALLORY, 100e18);
        vm.prank(MALLORY);
        token.approve(address(payments), 100e18);
        bytes32 root = _root(2);
        vm.prank(MALLORY);
        payments.pay(root, 2, _rate(), deliverBy);

        bytes32 payment = _idOf(_pay(2, _rate()));
        vm.assertTrue(payments.ledgerOf(payment).isPaid);
    }

    function test_pay_revertsWhen_theBalanceIsTooLow() public {
        vm.prank(BOB);
        token.approve(address(payments), type(uint256).max);
        string memory tooLow = "ERC20InsufficientBalance(address,uint256,uint256)";
        vm.expectRevert(abi.encodeWithSignature(tooLow, BOB, 0, 7e18));
        vm.prank(BOB);
        payments.pay(USE, 1, _rate(), deliverBy);
    }

    function test_pause_stopsPaymentsOnly() public {
        IPayments.Terms memory terms = _pay(2, _rate());
        vm.prank(OWNER);
        payments.pause();
        vm.expectRevert(abi.encodeWithSignature("EnforcedPause()"));
        _tryPay(1, _rate(), deliverBy);

        _settle(terms, 0, IPayments.Verdict.Fine);
        payments.refund(terms);
        vm.warp(deliverBy + 14 days);
        payments.refund(terms);
        vm.assertEq(token.balanceOf(address(payments)), 0);
        vm.prank(OWNER);
        payments.unpause();
        deliverBy = block.timestamp;
        _pay(1, _rate());
    }

    function test_pause_revertsWhen_callerIsNotTheOwner() public {
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        payments.pause();
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        payments.unpause();
    }

    function testFuzz_payWithPermit_takesExactlyTheCost(uint256 count, bool isFirstByAStranger) public {
        count = _bound(count, 1, 1000);
        uint256 cost = payments.costOf(count, _rate());
        IPostage.Permit memory permit = _permit(cost);
        if (isFirstByAStranger) {
            vm.prank(MALLORY);
            token.permit(vm.addr(CAROLS_KEY), address(payments), cost, permit.deadline, permit.v, permit.r, permit.s);
        }
        vm.prank(vm.addr(CAROLS_KEY));
        payments.payWithPermit(USE, count, _rate(), deliverBy, permit);

        vm.assertEq(token.balanceOf(vm.addr(CAROLS_KEY)), 8_000e18 - cost);
        vm.assertEq(token.allowance(vm.addr(CAROLS_KEY), address(payments)), 0);
    }

    function test_payWithPermit_revertsWhen_aStrangerShowsAnothersPermit() public {
        IPostage.Permit memory permit = _permit(8e18);
        string memory tooLow = "ERC20InsufficientAllowance(address,uint256,uint256)";
        vm.expectRevert(abi.encodeWithSignature(tooLow, address(payments), 0, 7e18));
        vm.prank(MALLORY);
        payments.payWithPermit(USE, 1, _rate(), deliverBy, permit);
    }

    function _permit(uint256 amount) private returns (IPostage.Permit memory) {
        address carol = vm.addr(CAROLS_KEY);
        vm.prank(ALICE);
        token.transfer(carol, 8_000e18);
        bytes32 kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 fields = keccak256(
            abi.encode(kind, carol, address(payments), amount, token.nonces(carol), block.timestamp)
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), fields));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CAROLS_KEY, digest);
        return IPostage.Permit(block.timestamp, v, r, s);
    }

    function _tryPay(uint256 count, IPayments.Rate memory rate, uint256 deliverBy_) private {
        vm.prank(ALICE);
        payments.pay(USE, count, rate, deliverBy_);
    }

    function _expectOutOfRange(IPayments.Field field, uint256 value, uint256 least, uint256 most) private {
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsOutOfRange.selector, field, value, least, most));
    }
}
