// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPayments} from "../../contracts/interfaces/IPayments.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {BoundedCall} from "../../contracts/libraries/BoundedCall.sol";
import {HostileWallet} from "../../contracts/mocks/HostileWallet.sol";
import {PickyToken} from "../../contracts/mocks/PickyToken.sol";
import {PaymentsFixture} from "./helpers/PaymentsFixture.sol";
import {Vm} from "./helpers/TestBase.sol";

/// @notice Settling many at once: what cannot be settled is passed over, and keeps nothing else from being settled.
contract PaymentsManyTest is PaymentsFixture {
    uint256 private constant WAYS = 10;

    function testFuzz_settleMany_equalsSettlingOneByOne(uint256 seed, uint256 count) public {
        count = _bound(count, 1, 40);
        IPayments.Terms memory terms = _pay(count, _rate());
        IPayments.Opening[] memory all = new IPayments.Opening[](count);
        uint256 spam = 0;
        for (uint256 i = 0; i < count; i++) {
            bool isSpam = (seed >> i) & 1 == 1;
            if (isSpam) spam++;
            all[i] = _opening(terms, i, isSpam ? IPayments.Verdict.Spam : IPayments.Verdict.Fine);
        }
        uint256 supply = token.totalSupply();
        vm.assertEq(payments.settleMany(_batch(terms, all)), count);

        for (uint256 i = 0; i < count; i++) vm.assertEq(token.balanceOf(_recipient(i)), 2e18);
        vm.assertEq(supply - token.totalSupply(), spam * 5e18);
        vm.assertEq(token.balanceOf(address(payments)), (count - spam) * 5e18);
        vm.assertEq(payments.ledgerOf(_idOf(terms)).spam, spam);
        vm.assertEq(payments.ledgerOf(_idOf(terms)).fine, count - spam);
    }

    function test_settleMany_skipsWhatAStrangerSettledFirst() public {
        IPayments.Terms memory terms = _pay(3, _rate());
        IPayments.Opening[] memory given = new IPayments.Opening[](4);
        for (uint256 i = 0; i < 4; i++) given[i] = _opening(terms, i % 3, IPayments.Verdict.Spam);
        vm.prank(MALLORY);
        payments.settle(terms, given[1]);

        vm.assertEq(payments.settleMany(_batch(terms, given)), 2);
        vm.assertEq(payments.settleMany(_batch(terms, given)), 0);
        vm.assertEq(token.balanceOf(address(payments)), 0);
        for (uint256 i = 0; i < 3; i++) vm.assertEq(token.balanceOf(_recipient(i)), 2e18);
    }

    function testFuzz_settleMany_overTwoBatches_doesWhatSettlingEachWouldDo(uint256 seed) public {
        IPayments.Batch[] memory batches = new IPayments.Batch[](2);
        uint256[2] memory counts = [uint256(6), 5];
        for (uint256 i = 0; i < 2; i++) {
            deliverBy++; // else both payments are one
            IPayments.Terms memory terms = _pay(counts[i], _rate());
            batches[i] = IPayments.Batch(terms, new IPayments.Opening[](4));
            for (uint256 j = 0; j < 4; j++) {
                batches[i].openings[j] = _spoiled(terms, uint256(keccak256(abi.encode(seed, i, j))));
            }
        }
        if (seed % 5 == 0) batches[0].terms.rate.tip++;
        if (seed % 7 == 0) vm.warp(batches[0].terms.deliverBy + 14 days);

        uint256 start = vm.snapshotState();
        uint256 settled;
        for (uint256 i = 0; i < 8; i++) {
            try payments.settle(batches[i / 4].terms, batches[i / 4].openings[i % 4]) {
                settled++;
            } catch {}
        }
        bytes32 oneByOne = _stateOf(batches);
        vm.revertToState(start);
        vm.recordLogs();
        vm.assertEq(payments.settleMany(batches), settled);
        vm.assertEq(_stateOf(batches), oneByOne);
        (bytes32[] memory passed, ) = _passedOver();
        vm.assertEq(passed.length, 8 - settled);
    }

    function test_settleMany_saysWhatItPassedOver() public {
        IPayments.Terms memory terms = _pay(3, _rate());
        deliverBy++;
        IPayments.Terms memory unknown = _terms(BOB, 2, _rate());
        IPayments.Batch[] memory batches = new IPayments.Batch[](2);
        batches[0] = IPayments.Batch(unknown, new IPayments.Opening[](2));
        batches[1] = IPayments.Batch(terms, new IPayments.Opening[](3));
        for (uint256 i = 0; i < 2; i++) batches[0].openings[i] = _opening(unknown, 1 - i, IPayments.Verdict.Spam);
        for (uint256 i = 0; i < 3; i++) batches[1].openings[i] = _opening(terms, i, IPayments.Verdict.Spam);
        batches[1].openings[1].verdict = IPayments.Verdict.Fine;

        vm.recordLogs();
        vm.assertEq(payments.settleMany(batches), 2);
        (bytes32[] memory passed, uint256[] memory indexes) = _passedOver();
        vm.assertEq(keccak256(abi.encodePacked(indexes)), keccak256(abi.encodePacked([uint256(1), 0, 1])));
        vm.assertEq(passed[0], _idOf(unknown));
        vm.assertEq(passed[1], _idOf(unknown));
        vm.assertEq(passed[2], _idOf(terms));
        vm.assertFalse(payments.ledgerOf(_idOf(unknown)).isPaid);
    }

    function test_settleMany_paysTheOthersWhen_aWalletBurnsGas() public {
        for (uint256 i = 1; i < 5; i++) {
            (IPayments.Terms memory terms, IPayments.Opening[] memory given) = _withWallet(HostileWallet.Manner(i), 0);
            uint256 before = gasleft();
            vm.assertEq(payments.settleMany{gas: 3_000_000}(_batch(terms, given)), 2);
            vm.assertTrue(before - gasleft() < 800_000);
            vm.assertFalse(payments.isSettled(_idOf(terms), 0));
            _expectNotSigned(given[0].recipient);
            payments.settle{gas: 3_000_000}(terms, given[0]);
        }
    }

    function test_settleMany_settlesForA_walletThatUsesWhatItMay() public {
        (IPayments.Terms memory terms, IPayments.Opening[] memory given) = _withWallet(
            HostileWallet.Manner.Signs,
            395_000
        );
        vm.assertEq(payments.settleMany(_batch(terms, given)), 3);
        (terms, given) = _withWallet(HostileWallet.Manner.Signs, 401_000);
        vm.assertEq(payments.settleMany(_batch(terms, given)), 2);
        payments.settle(terms, given[0]);
        vm.assertTrue(payments.isSettled(_idOf(terms), 0));
    }

    function test_settleMany_paysTheOthersWhen_theTokenRefusesOne() public {
        PickyToken picky = new PickyToken(ALICE, SUPPLY);
        (, , payments) = _deploy(picky, IPostage.Disposal.Burn);
        vm.prank(ALICE);
        picky.approve(address(payments), SUPPLY);
        for (uint256 i = 1; i < 5; i++) {
            deliverBy++;
            IPayments.Terms memory terms = _pay(3, _rate());
            IPayments.Opening[] memory given = new IPayments.Opening[](3);
            for (uint256 j = 0; j < 3; j++) given[j] = _opening(terms, j, IPayments.Verdict.Spam);
            picky.refuse(_recipient(0), PickyToken.Manner(i));
            uint256 held = picky.balanceOf(address(payments));
            uint256 before = gasleft();
            vm.assertEq(payments.settleMany{gas: 3_000_000}(_batch(terms, given)), 2);
            vm.assertTrue(before - gasleft() < 600_000);
            // Its tip and bond are still there, and go where they belong once the token pays.
            vm.assertEq(held - picky.balanceOf(address(payments)), 14e18);
            picky.refuse(_recipient(0), PickyToken.Manner.Pays);
            payments.settle(terms, given[0]);
            vm.assertEq(picky.balanceOf(_recipient(0)), i * 2e18);
        }
    }

    function testFuzz_settleMany_withTooLittleGas_settlesAllOrNothing(uint256 limit) public {
        (IPayments.Terms memory terms, IPayments.Opening[] memory given) = _withWallet(
            HostileWallet.Manner.Signs,
            395_000
        );
        vm.recordLogs();
        try payments.settleMany{gas: _bound(limit, 50_000, 1_200_000)}(_batch(terms, given)) returns (uint256 settled) {
            vm.assertEq(settled, 3);
            for (uint256 i = 0; i < 3; i++) vm.assertEq(token.balanceOf(given[i].recipient), 2e18);
        } catch {
            vm.assertEq(payments.ledgerOf(_idOf(terms)).fine, 0);
        }
        (bytes32[] memory passed, ) = _passedOver();
        vm.assertEq(passed.length, 0);
    }

    function test_settleMany_passesNobodyOver_withGasAroundWhatAWalletMayUse() public {
        (IPayments.Terms memory terms, IPayments.Opening[] memory given) = _withWallet(
            HostileWallet.Manner.Signs,
            398_500
        );
        IPayments.Batch[] memory batches = _batch(terms, given);
        for (uint256 limit = 400_000; limit < 500_000; limit += 1_000) {
            uint256 start = vm.snapshotState();
            vm.recordLogs();
            try payments.settleMany{gas: limit}(batches) {} catch {}
            (bytes32[] memory passed, ) = _passedOver();
            vm.assertEq(passed.length, 0);
            vm.revertToState(start);
        }
    }

    function test_settleMany_revertsWhen_aWalletCouldNotGetItsGas() public {
        (IPayments.Terms memory terms, IPayments.Opening[] memory given) = _withWallet(
            HostileWallet.Manner.Signs,
            395_000
        );
        try payments.settleMany{gas: 350_000}(_batch(terms, given)) {
            vm.assertTrue(false);
        } catch (bytes memory reason) {
            vm.assertEq(bytes32(bytes4(reason)), bytes32(BoundedCall.BoundedCallGasTooLow.selector));
        }
    }

    /// @notice An opening that can be settled, or is wrong in one of several ways.
    function _spoiled(
        IPayments.Terms memory terms,
        uint256 seed
    ) private view returns (IPayments.Opening memory given) {
        given = _opening(terms, (seed >> 8) % terms.count, IPayments.Verdict((seed >> 16) % 2));
        uint256 way = seed % WAYS;
        if (way == 0) given.index = terms.count;
        if (way == 1) given.siblings = new bytes32[](given.siblings.length + 1);
        if (way == 2) given.siblings[0] = 0;
        if (way == 3) given.salt = 0;
        if (way == 4) given.recipient = MALLORY;
        if (way == 5) given.signature = "";
    }

    /// @notice Three recipients, the first of which is a contract, and what each would be settled with.
    function _withWallet(
        HostileWallet.Manner manner,
        uint256 cost
    ) private returns (IPayments.Terms memory terms, IPayments.Opening[] memory given) {
        address wallet = address(new HostileWallet(manner, cost));
        bytes32[] memory leaves = new bytes32[](4);
        for (uint256 i = 0; i < 3; i++) {
            address recipient = i == 0 ? wallet : _recipient(i);
            leaves[i] = keccak256(abi.encode("pennypost/recipient/v1", recipient, USE, _salt(i)));
        }
        bytes32[2] memory nodes = [
            keccak256(abi.encode(leaves[0], leaves[1])),
            keccak256(abi.encode(leaves[2], leaves[3]))
        ];
        deliverBy++;
        terms = IPayments.Terms(ALICE, 3, uint40(deliverBy), keccak256(abi.encode(nodes)), _rate());
        vm.prank(ALICE);
        payments.pay(terms.root, 3, _rate(), deliverBy);
        given = new IPayments.Opening[](3);
        for (uint256 i = 0; i < 3; i++) {
            given[i] = _opening(terms, i, IPayments.Verdict.Fine);
            (given[i].siblings[0], given[i].siblings[1]) = (leaves[i ^ 1], nodes[1 - i / 2]);
        }
        given[0].recipient = wallet;
    }

    function _stateOf(IPayments.Batch[] memory batches) private view returns (bytes32 state) {
        for (uint256 i = 0; i < 2; i++) {
            state = keccak256(abi.encode(state, payments.ledgerOf(_idOf(batches[i].terms))));
        }
        for (uint256 i = 0; i < 6; i++) state = keccak256(abi.encode(state, token.balanceOf(_recipient(i))));
        return keccak256(abi.encode(state, token.balanceOf(address(payments)), token.totalSupply()));
    }

    /// @notice Payments and indexes of the recorded `PassedOver`.
    function _passedOver() private returns (bytes32[] memory passed, uint256[] memory indexes) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (passed, indexes) = (new bytes32[](logs.length), new uint256[](logs.length));
        uint256 count;
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != IPayments.PassedOver.selector) continue;
            (passed[count], indexes[count]) = (logs[i].topics[1], uint256(logs[i].topics[2]));
            count++;
        }
        // solhint-disable-next-line no-inline-assembly
        assembly {
            mstore(passed, count)
            mstore(indexes, count)
        }
    }

    function _expectNotSigned(address recipient) private {
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsVerdictNotSigned.selector, recipient));
    }
}
