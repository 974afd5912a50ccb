// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {NoteTree} from "../../../contracts/NoteTree.sol";
import {OperatorPool} from "../../../contracts/OperatorPool.sol";
import {Payments} from "../../../contracts/Payments.sol";
import {PostageToken} from "../../../contracts/PostageToken.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {IPostage} from "../../../contracts/interfaces/IPostage.sol";
import {ClassId} from "../../../contracts/libraries/ClassId.sol";
import {Built} from "./Built.sol";
import {PaymentTools} from "./PaymentTools.sol";

/// @notice Payments as they go live; Alice pays.
abstract contract PaymentsFixture is PaymentTools {
    uint256 internal constant SUPPLY = 1_000_000_000e18;
    address internal constant OPERATOR = address(0x09E4A704);

    PostageToken internal token;
    NoteTree internal tree;
    OperatorPool internal pool;

    function setUp() public virtual {
        vm.warp(1_795_000_000);
        deliverBy = block.timestamp + 7 days;
        token = Built.newPostageToken(ALICE, SUPPLY);
        (tree, pool, payments) = _deploy(token, IPostage.Disposal.Burn);
        vm.prank(OWNER);
        pool.addOperator(OPERATOR);
        vm.prank(ALICE);
        token.approve(address(payments), type(uint256).max);
    }

    function _deploy(
        IERC20 token_,
        IPostage.Disposal disposal
    ) internal returns (NoteTree tree_, OperatorPool pool_, Payments payments_) {
        tree_ = Built.newNoteTree(OWNER, 2 ** 20);
        pool_ = Built.newOperatorPool(OWNER, token_);
        payments_ = Built.newPayments(OWNER, token_, tree_, disposal, address(pool_), _floor());
        vm.prank(OWNER);
        tree_.addInserter(address(payments_), ClassId.PAYMENT);
    }

    function _floor() internal pure returns (IPayments.Floor memory) {
        return IPayments.Floor({leastBase: 1e16, mostBond: MOST, mostTip: MOST_TIP, operatorShare: 3_000});
    }

    function _pay(uint256 count, IPayments.Rate memory rate) internal returns (IPayments.Terms memory terms) {
        terms = _terms(ALICE, count, rate);
        vm.prank(ALICE);
        vm.assertEq(payments.pay(terms.root, count, rate, deliverBy), _idOf(terms));
    }

    function _settle(IPayments.Terms memory terms, uint256 index, IPayments.Verdict verdict) internal {
        payments.settle(terms, _opening(terms, index, verdict));
    }
}
