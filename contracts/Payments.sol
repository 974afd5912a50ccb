// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {INoteSource} from "./interfaces/INoteSource.sol";
import {INoteTree} from "./interfaces/INoteTree.sol";
import {IPayments} from "./interfaces/IPayments.sol";
import {IPostage} from "./interfaces/IPostage.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";
import {ClassId} from "./libraries/ClassId.sol";
import {Code} from "./libraries/Code.sol";
import {Funds} from "./libraries/Funds.sol";
import {PaymentTerms} from "./libraries/PaymentTerms.sol";
import {PaymentTree} from "./libraries/PaymentTree.sol";
import {SignedVerdict} from "./libraries/SignedVerdict.sol";

/// @title Payments
/// @notice What `IPayments` says.
/// @dev Invariant: the balance is the bonds and tips of all open units, and the bonds of fine units not yet refunded.
/// What came in was burned, went to the operators, to recipients, back to senders, or is that balance.
contract Payments is IPayments, INoteSource, Ownable2Step, Pausable, EIP712, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;
    using Funds for IERC20;
    using SafeERC20 for IERC20;

    /// @dev `Ledger.early` says which of the first units are settled: a payment to few needs no bitmap of its own.
    uint256 private constant EARLY = 128;
    uint256 private constant GRACE = 14 days;
    uint256 private constant WHOLE = 10_000;

    /// @dev What a wallet may use to check a signature, and the token to pay a tip, of one unit of many.
    uint256 private constant WALLET_GAS = 400_000;
    uint256 private constant TRANSFER_GAS = 200_000;

    /// @inheritdoc IPayments
    IERC20 public immutable token;

    /// @inheritdoc IPayments
    INoteTree public immutable tree;

    /// @inheritdoc IPayments
    IPostage.Disposal public immutable disposal;

    /// @inheritdoc IPayments
    address public immutable operatorPool;

    uint96 private immutable _leastBase;
    uint96 private immutable _mostBond;
    uint96 private immutable _mostTip;
    uint16 private immutable _operatorShare;

    mapping(bytes32 payment => Ledger ledger) private _ledgers;
    mapping(bytes32 payment => BitMaps.BitMap settled) private _late;

    constructor(
        address owner_,
        IERC20 token_,
        INoteTree tree_,
        IPostage.Disposal disposal_,
        address operatorPool_,
        Floor memory floor_
    ) Ownable(owner_) EIP712("Pennypost Payments", "1") {
        Code.requireAt(address(token_));
        Code.requireAt(address(tree_));
        Code.requireAt(operatorPool_);
        PaymentTerms.requireInRange(floor_);
        (token, tree, disposal, operatorPool) = (token_, tree_, disposal_, operatorPool_);
        (_leastBase, _operatorShare) = (floor_.leastBase, floor_.operatorShare);
        (_mostBond, _mostTip) = (floor_.mostBond, floor_.mostTip);
    }

    /// @inheritdoc IPayments
    function pay(bytes32 root, uint256 count, Rate calldata rate, uint256 deliverBy) external returns (bytes32) {
        return _pay(_terms(root, count, rate, deliverBy));
    }

    /// @inheritdoc IPayments
    function payWithPermit(
        bytes32 root,
        uint256 count,
        Rate calldata rate,
        uint256 deliverBy,
        IPostage.Permit calldata permit
    ) external returns (bytes32) {
        token.usePermit(costOf(count, rate), permit);
        return _pay(_terms(root, count, rate, deliverBy));
    }

    /// @inheritdoc IPayments
    function settle(Terms calldata terms, Opening calldata opening) external nonReentrant {
        (bytes32 payment, Ledger memory ledger) = _find(terms);
        uint256 end = terms.deliverBy + GRACE;
        if (block.timestamp >= end) revert PaymentsOver(payment, end);
        PaymentTree.requirePlace(payment, terms, opening);
        if (!_isGiven(payment, opening, BoundedCall.UNBOUNDED)) revert PaymentsVerdictNotSigned(opening.recipient);
        if (_isSettled(payment, ledger, opening.index)) revert PaymentsAlreadySettled(payment, opening.index);

        _enter(terms, payment, ledger, opening);
        _ledgers[payment] = ledger;
        if (terms.rate.tip > 0) token.safeTransfer(opening.recipient, terms.rate.tip);
        if (opening.verdict == Verdict.Spam) token.destroy(disposal, terms.rate.bond);
    }

    /// @inheritdoc IPayments
    function settleMany(Batch[] calldata batches) external nonReentrant returns (uint256 settled) {
        uint256 burned;
        for (uint256 i = 0; i < batches.length; ++i) {
            (uint256 count, uint256 bonds) = _settleBatch(batches[i]);
            (settled, burned) = (settled + count, burned + bonds);
        }
        token.destroy(disposal, burned);
    }

    /// @inheritdoc IPayments
    function refund(Terms calldata terms) external nonReentrant returns (uint256 amount) {
        (bytes32 payment, Ledger memory ledger) = _find(terms);

        amount = uint256(ledger.fine - ledger.returned) * terms.rate.bond;
        ledger.returned = ledger.fine;
        if (block.timestamp >= terms.deliverBy + GRACE && !ledger.isRefunded) {
            amount += uint256(terms.count - ledger.fine - ledger.spam) * (uint256(terms.rate.bond) + terms.rate.tip);
            ledger.isRefunded = true;
        }
        if (amount == 0) revert PaymentsNothingDue(payment);

        _ledgers[payment] = ledger;
        emit Refunded(payment, terms.sender, amount);
        token.safeTransfer(terms.sender, amount);
    }

    /// @inheritdoc IPayments
    function pause() external onlyOwner {
        _pause();
    }

    /// @inheritdoc IPayments
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @inheritdoc INoteSource
    function noteClass(uint256 number) external view returns (NoteClass memory) {
        if (number != 1) revert PaymentsClassUnknown(number);
        return NoteClass(ClassId.PAYMENT, address(this), 1, _leastBase, 64, 1 days, 1 hours, 0, 1);
    }

    /// @inheritdoc IPayments
    function paymentOf(Terms calldata terms) external pure returns (bytes32) {
        return PaymentTree.idOf(terms);
    }

    /// @inheritdoc IPayments
    function ledgerOf(bytes32 payment) external view returns (Ledger memory) {
        return _ledgers[payment];
    }

    /// @inheritdoc IPayments
    function isSettled(bytes32 payment, uint256 index) external view returns (bool) {
        return _isSettled(payment, _ledgers[payment], index);
    }

    /// @inheritdoc IPayments
    function floor() public view returns (Floor memory) {
        return Floor(_leastBase, _mostBond, _mostTip, _operatorShare);
    }

    /// @inheritdoc IPayments
    function costOf(uint256 count, Rate calldata rate) public pure returns (uint256) {
        PaymentTerms.requireCount(count);
        return count * (uint256(rate.base) + rate.bond + rate.tip);
    }

    function _pay(Terms memory terms) private whenNotPaused nonReentrant returns (bytes32 payment) {
        payment = keccak256(abi.encode("pennypost/payment/v1", terms));
        if (_ledgers[payment].isPaid) revert PaymentsAlreadyMade(payment);
        _ledgers[payment].isPaid = true;

        uint256 leafIndex = tree.append(uint256(payment) >> 8, 1, 1, terms.deliverBy);
        emit Paid(payment, msg.sender, leafIndex, terms);

        uint256 base = uint256(terms.count) * terms.rate.base;
        uint256 share = (base * _operatorShare) / WHOLE;
        token.collect(address(this), uint256(terms.count) * (uint256(terms.rate.bond) + terms.rate.tip));
        token.collect(operatorPool, share);
        token.destroyCallers(disposal, base - share);
    }

    /// @dev How many were settled, and the bonds to burn.
    function _settleBatch(Batch calldata batch) private returns (uint256 settled, uint256 bonds) {
        bytes32 payment = PaymentTree.idOf(batch.terms);
        Ledger memory ledger = _ledgers[payment];
        bool isOpen = ledger.isPaid && block.timestamp < batch.terms.deliverBy + GRACE;
        (uint256 fine, uint256 spam) = (ledger.fine, ledger.spam);
        Opening[] calldata openings = batch.openings;
        for (uint256 i = 0; i < openings.length; ++i) {
            Opening calldata opening = openings[i];
            if (isOpen && _tryTip(batch.terms, payment, ledger, opening)) _enter(batch.terms, payment, ledger, opening);
            else emit PassedOver(payment, opening.index);
        }
        (fine, spam) = (ledger.fine - fine, ledger.spam - spam);
        if (fine + spam > 0) _ledgers[payment] = ledger;
        return (fine + spam, spam * batch.terms.rate.bond);
    }

    /// @dev Pays the tip of a unit that can be settled; false, and nothing has happened, if it cannot be.
    function _tryTip(
        Terms calldata terms,
        bytes32 payment,
        Ledger memory ledger,
        Opening calldata opening
    ) private returns (bool) {
        if (!PaymentTree.hasPlace(terms, opening)) return false;
        if (_isSettled(payment, ledger, opening.index)) return false;
        if (!_isGiven(payment, opening, WALLET_GAS)) return false;
        return terms.rate.tip == 0 || BoundedCall.transfer(token, opening.recipient, terms.rate.tip, TRANSFER_GAS);
    }

    /// @dev Enters a verdict into `ledger`, which is for the caller to store.
    function _enter(Terms calldata terms, bytes32 payment, Ledger memory ledger, Opening calldata opening) private {
        uint256 index = opening.index;
        if (index < EARLY) ledger.early |= uint128(1 << index);
        else _late[payment].set(index);
        // No more than `count` units are ever entered.
        unchecked {
            if (opening.verdict == Verdict.Spam) ++ledger.spam;
            else ++ledger.fine;
        }
        emit Settled(payment, terms.sender, opening.recipient, index, opening.verdict);
    }

    /// @dev Whether the recipient calls or has signed; a wallet that is a contract has `walletGas` to say so.
    function _isGiven(bytes32 payment, Opening calldata opening, uint256 walletGas) private view returns (bool) {
        if (msg.sender == opening.recipient) return true;
        bytes32 fields = SignedVerdict.structHash(payment, opening.index, opening.verdict);
        return SignedVerdict.isSigned(_hashTypedDataV4(fields), opening, walletGas);
    }

    function _isSettled(bytes32 payment, Ledger memory ledger, uint256 index) private view returns (bool) {
        return index < EARLY ? (ledger.early >> index) & 1 == 1 : _late[payment].get(index);
    }

    function _find(Terms calldata terms) private view returns (bytes32 payment, Ledger memory ledger) {
        payment = PaymentTree.idOf(terms);
        ledger = _ledgers[payment];
        if (!ledger.isPaid) revert PaymentsUnknown(payment);
    }

    function _terms(
        bytes32 root,
        uint256 count,
        Rate calldata rate,
        uint256 deliverBy
    ) private view returns (Terms memory) {
        PaymentTerms.requireCount(count);
        PaymentTerms.requireInRange(rate, deliverBy, floor());
        return Terms(msg.sender, SafeCast.toUint32(count), SafeCast.toUint40(deliverBy), root, rate);
    }
}
