// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPayments} from "../../contracts/interfaces/IPayments.sol";
import {WalletContract} from "../../contracts/mocks/WalletContract.sol";
import {PaymentsFixture} from "./helpers/PaymentsFixture.sol";

contract PaymentsSettleTest is PaymentsFixture {
    function testFuzz_settle_paysTheTipAndTheVerdictDecidesTheBond(uint256 count, uint256 index, bool isSpam) public {
        count = _bound(count, 1, 300);
        index = _bound(index, 0, count - 1);
        IPayments.Terms memory terms = _pay(count, _rate());
        uint256 supply = token.totalSupply();
        IPayments.Verdict verdict = isSpam ? IPayments.Verdict.Spam : IPayments.Verdict.Fine;

        vm.expectEmit(address(payments));
        emit IPayments.Settled(_idOf(terms), ALICE, _recipient(index), index, verdict);
        vm.prank(MALLORY);
        _settle(terms, index, verdict);

        vm.assertEq(token.balanceOf(_recipient(index)), 2e18);
        vm.assertEq(token.balanceOf(MALLORY), 0);
        vm.assertEq(supply - token.totalSupply(), isSpam ? 5e18 : 0);
        vm.assertEq(token.balanceOf(address(payments)), count * 7e18 - (isSpam ? 7e18 : 2e18));
        vm.assertTrue(payments.isSettled(_idOf(terms), index));
        vm.assertEq(payments.ledgerOf(_idOf(terms)).fine, isSpam ? 0 : 1);
    }

    function test_isSettled_knowsEachPlaceAroundTheEndOfTheFirstSlot() public {
        IPayments.Terms memory terms = _pay(300, _rate());
        bytes32 payment = _idOf(terms);
        uint256[7] memory places = [uint256(0), 126, 127, 128, 129, 255, 256];
        for (uint256 i = 0; i < places.length; i++) {
            _settle(terms, places[i], IPayments.Verdict.Fine);
            for (uint256 j = 0; j < places.length; j++) {
                vm.assertTrue(payments.isSettled(payment, places[j]) == (j <= i));
            }
        }
        vm.assertFalse(payments.isSettled(payment, 1));
        vm.assertFalse(payments.isSettled(payment, 299));
    }

    function test_settle_needsNoSignatureFrom_theRecipientItself() public {
        IPayments.Terms memory terms = _pay(5, _rate());
        IPayments.Opening memory given = _opening(terms, 4, IPayments.Verdict.Spam);
        given.signature = "";
        vm.prank(_recipient(4));
        payments.settle(terms, given);
        vm.assertEq(token.balanceOf(_recipient(4)), 2e18);
    }

    function test_settle_acceptsTheSignatureOf_aContract() public {
        WalletContract wallet = new WalletContract(_recipient(0));
        bytes32 root = keccak256(abi.encode("pennypost/recipient/v1", address(wallet), USE, _salt(0)));
        vm.prank(ALICE);
        bytes32 payment = payments.pay(root, 1, _rate(), deliverBy);
        IPayments.Terms memory terms = IPayments.Terms(ALICE, 1, uint40(deliverBy), root, _rate());
        IPayments.Opening memory given = IPayments.Opening({
            index: 0,
            recipient: address(wallet),
            use: USE,
            salt: _salt(0),
            siblings: new bytes32[](0),
            verdict: IPayments.Verdict.Fine,
            signature: _sign(KEY + 1, address(payments), payment, 0, IPayments.Verdict.Fine)
        });
        _expectNotSigned(address(wallet));
        payments.settle(terms, given);

        given.signature = _sign(KEY, address(payments), payment, 0, IPayments.Verdict.Fine);
        payments.settle(terms, given);
        vm.assertEq(token.balanceOf(address(wallet)), 2e18);
    }

    function test_settle_revertsWhen_theUnitIsSettled() public {
        IPayments.Terms memory terms = _pay(200, _rate());
        for (uint256 i = 0; i < 2; i++) {
            uint256 index = i == 0 ? 127 : 128;
            IPayments.Opening memory again = _opening(terms, index, IPayments.Verdict.Spam);
            _settle(terms, index, IPayments.Verdict.Fine);
            vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsAlreadySettled.selector, _idOf(terms), index));
            payments.settle(terms, again);
        }
    }

    function test_settle_revertsWhen_thePaymentIsUnknown() public {
        IPayments.Terms memory terms = _pay(2, _rate());
        terms.rate.tip++;
        IPayments.Opening memory given = _opening(terms, 0, IPayments.Verdict.Fine);
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsUnknown.selector, _idOf(terms)));
        payments.settle(terms, given);
    }

    function test_settle_revertsWhen_theIndexIsPastTheCount() public {
        // A root over 8 recipients, paid for 5: the tree has the depth of 5, and the last three places are closed.
        bytes32 root = _root(8);
        vm.prank(ALICE);
        payments.pay(root, 5, _rate(), deliverBy);
        IPayments.Terms memory terms = IPayments.Terms(ALICE, 5, uint40(deliverBy), root, _rate());
        for (uint256 index = 5; index < 10; index++) {
            IPayments.Opening memory given = _opening(terms, 4, IPayments.Verdict.Fine);
            given.index = index;
            if (index < 8) (given.siblings, given.recipient) = (_path(8, index), _recipient(index));
            vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsIndexPastCount.selector, index, 5));
            payments.settle(terms, given);
        }
    }

    function test_settle_revertsWhen_theCountIsNotTheTrees() public {
        // A root over 4 recipients, paid as if it were of 2 or of 100: no path has the right length.
        bytes32 root = _root(4);
        for (uint256 i = 0; i < 2; i++) {
            (uint32 count, uint256 depth) = i == 0 ? (uint32(2), 1) : (uint32(100), 7);
            vm.prank(ALICE);
            payments.pay(root, count, _rate(), deliverBy);
            IPayments.Terms memory terms = IPayments.Terms(ALICE, count, uint40(deliverBy), root, _rate());
            IPayments.Opening memory given = _opening(terms, 1, IPayments.Verdict.Fine);
            given.siblings = _path(4, 1);
            vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsPathWrong.selector, 2, depth));
            payments.settle(terms, given);
        }
    }

    function test_settle_revertsWhen_whatIsOpenedIsNotThere() public {
        IPayments.Terms memory terms = _pay(4, _rate());
        for (uint256 i = 0; i < 5; i++) {
            IPayments.Opening memory given = _opening(terms, 2, IPayments.Verdict.Fine);
            if (i == 0) given.recipient = MALLORY;
            if (i == 1) given.use = 0;
            if (i == 2) given.salt = 0;
            if (i == 3) given.siblings[1] = 0;
            if (i == 4) given.index = 3;
            vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsNotInRoot.selector, _idOf(terms), given.index));
            vm.prank(MALLORY);
            payments.settle(terms, given);
        }
    }

    function test_settle_revertsWhen_aNodeIsShownAsALeaf() public {
        IPayments.Terms memory terms = _pay(4, _rate());
        // A leaf's preimage is longer than a node's, and a path that starts at a node is too short.
        IPayments.Opening memory given = _opening(terms, 0, IPayments.Verdict.Fine);
        bytes32[] memory siblings = new bytes32[](1);
        siblings[0] = given.siblings[1];
        given.siblings = siblings;
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsPathWrong.selector, 1, 2));
        payments.settle(terms, given);
    }

    function test_settle_revertsWhen_theVerdictIsNotWhatWasSigned() public {
        IPayments.Terms memory terms = _pay(2, _rate());
        IPayments.Opening memory given = _opening(terms, 0, IPayments.Verdict.Fine);
        given.verdict = IPayments.Verdict.Spam;
        _expectNotSigned(_recipient(0));
        payments.settle(terms, given);
    }

    function test_settle_revertsWhen_theSignatureIsForAnotherPlaceChainContractOrVersion() public {
        IPayments.Terms memory terms = _pay(2, _rate());
        IPayments.Opening memory given = _opening(terms, 0, IPayments.Verdict.Fine);
        bytes32 id = _idOf(terms);
        bytes32 here = _domain("1", block.chainid, address(payments));
        bytes[7] memory wrong = [
            _signAs(KEY, here, id, 1, "fine"),
            _signAs(KEY, here, keccak256("another"), 0, "fine"),
            _signAs(KEY + 1, here, id, 0, "fine"),
            _signAs(KEY, _domain("1", block.chainid + 1, address(payments)), id, 0, "fine"),
            _signAs(KEY, _domain("1", block.chainid, address(pool)), id, 0, "fine"),
            _signAs(KEY, _domain("2", block.chainid, address(payments)), id, 0, "fine"),
            bytes("")
        ];
        for (uint256 i = 0; i < wrong.length; i++) {
            given.signature = wrong[i];
            _expectNotSigned(_recipient(0));
            payments.settle(terms, given);
        }
    }

    function test_settle_revertsWhen_theChainForkedAfterTheSignature() public {
        IPayments.Terms memory terms = _pay(2, _rate());
        IPayments.Opening memory given = _opening(terms, 0, IPayments.Verdict.Fine);
        vm.chainId(block.chainid + 1);
        _expectNotSigned(_recipient(0));
        payments.settle(terms, given);
    }

    function test_settle_revertsFrom_fourteenDaysAfterDeliverBy() public {
        IPayments.Terms memory terms = _pay(2, _rate());
        IPayments.Opening memory late = _opening(terms, 1, IPayments.Verdict.Fine);
        vm.warp(deliverBy + 14 days - 1);
        _settle(terms, 0, IPayments.Verdict.Fine);
        vm.warp(deliverBy + 14 days);
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsOver.selector, _idOf(terms), deliverBy + 14 days));
        payments.settle(terms, late);
    }

    function _expectNotSigned(address recipient) private {
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsVerdictNotSigned.selector, recipient));
    }
}
