// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OperatorPool} from "../../../contracts/OperatorPool.sol";
import {Payments} from "../../../contracts/Payments.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {PaymentTools} from "./PaymentTools.sol";

/// @notice What senders, recipients and strangers can do to payments, in any order, with books of its own.
contract PaymentsHandler is PaymentTools {
    struct Unsettled {
        uint256 open;
        uint256 fineToFetch;
    }

    OperatorPool private immutable _pool;
    address private immutable _operator;
    address[2] private _senders = [ALICE, BOB];
    IPayments.Terms[] private _paid;
    mapping(uint256 number => mapping(uint256 index => bool isSettled)) private _isSettled;
    mapping(uint256 number => Unsettled state) private _states;

    uint256 public deposited;
    uint256 public burned;
    uint256 public toPool;
    uint256 public toRecipients;
    uint256 public returned;

    constructor(Payments payments_, OperatorPool pool, address operator) {
        (payments, _pool, _operator) = (payments_, pool, operator);
    }

    function payOne(uint256 sender, uint256 count, IPayments.Rate calldata drawn, uint256 time) external {
        address caller = _senders[sender % 2];
        count = _bound(count, 1, 6);
        deliverBy = block.timestamp + (time % 30 days);
        IPayments.Rate memory rate = IPayments.Rate({
            base: uint96(_bound(drawn.base, 1e16, MOST)),
            bond: uint96(_bound(drawn.bond, 0, MOST)),
            tip: uint96(_bound(drawn.tip, 0, MOST_TIP))
        });
        IPayments.Terms memory terms = _terms(caller, count, rate);
        if (payments.paused() || payments.ledgerOf(_idOf(terms)).isPaid) return;
        vm.prank(caller);
        payments.pay(terms.root, count, rate, deliverBy);

        _states[_paid.length].open = count;
        _paid.push(terms);
        deposited += payments.costOf(count, rate);
        toPool += (count * rate.base * 3) / 10;
        burned += count * rate.base - (count * rate.base * 3) / 10;
    }

    function settleOne(uint256 number, uint256 index, bool isSpam, uint256 caller) external {
        if (_paid.length == 0) return;
        number %= _paid.length;
        IPayments.Terms memory terms = _paid[number];
        index %= terms.count;
        IPayments.Verdict verdict = isSpam ? IPayments.Verdict.Spam : IPayments.Verdict.Fine;
        IPayments.Opening memory given = _opening(terms, index, verdict);
        bool isRefused = _isSettled[number][index] || block.timestamp >= terms.deliverBy + 14 days;
        vm.prank(_senders[caller % 2]);
        try payments.settle(terms, given) {
            vm.assertFalse(isRefused);
        } catch {
            vm.assertTrue(isRefused);
            return;
        }
        _enter(number, index, verdict);
    }

    /// @notice All units of two payments at once, which may be the same one, with verdicts for the first only.
    function settleAll(uint256 number, uint256 other, uint256 verdicts) external {
        if (_paid.length == 0) return;
        IPayments.Batch[] memory batches = new IPayments.Batch[](2);
        uint256 due;
        for (uint256 i = 0; i < 2; i++) {
            uint256 at = (i == 0 ? number : other) % _paid.length;
            IPayments.Terms memory terms = _paid[at];
            batches[i] = IPayments.Batch(terms, new IPayments.Opening[](terms.count));
            for (uint256 j = 0; j < terms.count; j++) {
                IPayments.Verdict verdict = IPayments.Verdict((verdicts >> j) & 1);
                batches[i].openings[j] = _opening(terms, j, verdict);
                if (i == 1) batches[i].openings[j].signature = "";
                else if (_enter(at, j, verdict)) due++;
            }
        }
        vm.assertEq(payments.settleMany(batches), due);
    }

    function refundOne(uint256 number) external {
        if (_paid.length == 0) return;
        number %= _paid.length;
        IPayments.Terms memory terms = _paid[number];
        Unsettled memory state = _states[number];
        uint256 due = state.fineToFetch * terms.rate.bond;
        bool isOver = block.timestamp >= terms.deliverBy + 14 days;
        if (isOver) due += state.open * (uint256(terms.rate.bond) + terms.rate.tip);
        if (due == 0) return _expectNothing(terms);
        vm.assertEq(payments.refund(terms), due);
        returned += due;
        _states[number] = Unsettled(isOver ? 0 : state.open, 0);
    }

    function withdraw() external {
        uint256 due = _pool.dueTo(_operator);
        if (due == 0) return;
        vm.prank(_operator);
        vm.assertEq(_pool.withdraw(), due);
    }

    function pause() external {
        bool isPaused = payments.paused();
        vm.prank(OWNER);
        isPaused ? payments.unpause() : payments.pause();
    }

    function wait(uint32 time) external {
        vm.warp(block.timestamp + (time % 10 days));
    }

    /// @notice Bonds and tips of open units, and bonds of fine units that were not fetched.
    function open() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _paid.length; i++) {
            IPayments.Rate memory rate = _paid[i].rate;
            sum += _states[i].open * (uint256(rate.bond) + rate.tip) + _states[i].fineToFetch * rate.bond;
        }
    }

    /// @notice Enters a verdict into the books; false if it comes too late.
    function _enter(uint256 number, uint256 index, IPayments.Verdict verdict) private returns (bool) {
        IPayments.Terms memory terms = _paid[number];
        if (_isSettled[number][index] || block.timestamp >= terms.deliverBy + 14 days) return false;
        _isSettled[number][index] = true;
        _states[number].open--;
        toRecipients += terms.rate.tip;
        if (verdict == IPayments.Verdict.Spam) burned += terms.rate.bond;
        else _states[number].fineToFetch++;
        return true;
    }

    function _expectNothing(IPayments.Terms memory terms) private {
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsNothingDue.selector, _idOf(terms)));
        payments.refund(terms);
    }
}
