// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {Funds} from "../../contracts/libraries/Funds.sol";
import {CrookedToken} from "../../contracts/mocks/CrookedToken.sol";
import {PickyToken} from "../../contracts/mocks/PickyToken.sol";
import {Built} from "./helpers/Built.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";
import {Vm} from "./helpers/TestBase.sol";

contract CheckpointRegistryTest is CheckpointFixture {
    uint256 private constant BASE_X = 5299619240641551281634865583518297030282874472190772894086521144482721001553;
    uint256 private constant BASE_Y = 16950150798460657717958625567821834550301663161624707787222815936182638968203;
    /// @dev What the doubling formulas make of (3, 5), which is not on the curve.
    uint256 private constant OFF_CURVE_X = 6254836805048074866282509775666199903452534495111480952462141797779760257806;
    uint256 private constant OFF_CURVE_Y =
        21056789352427389528769630646128585563008843342656236768975175008416789155855;
    uint256[2] private _generator = [
        995203441582195749578291179787384436505546430278305826713579947235728471134,
        5472060717959818805561601436314318772137091100104008585924551046643952123905
    ];

    function test_constructor_showsItsParameters() public view {
        vm.assertEq(address(registry.token()), address(token));
        vm.assertEq(address(registry.tree()), address(tree));
        vm.assertEq(registry.networkId(), NETWORK);
        vm.assertEq(registry.bond(), BOND);
        vm.assertEq(registry.rewardCap(), REWARD_CAP);
        vm.assertTrue(registry.disposal() == IPostage.Disposal.Burn);
        vm.assertEq(registry.owner(), OWNER);
    }

    function test_bond_isDepositedAndWithdrawnAfterThirtyDays() public {
        address signer = _signer(0);
        for (uint256 i = 0; i < 2; i++) {
            vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryNotBonded.selector, signer));
            vm.prank(signer);
            i == 0 ? registry.exit() : registry.requestExit();
        }
        _bond(signer);
        vm.assertEq(registry.bondOf(signer).amount, BOND);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryAlreadyBonded.selector, signer));
        vm.prank(signer);
        registry.deposit();
        _expectTooEarly(signer, 0);

        uint256 exitAt = block.timestamp + 30 days;
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.ExitRequested(signer, exitAt);
        vm.prank(signer);
        vm.assertEq(registry.requestExit(), exitAt);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryExiting.selector, exitAt));
        vm.prank(signer);
        registry.requestExit();
        vm.warp(exitAt - 1);
        _expectTooEarly(signer, exitAt);

        vm.warp(exitAt);
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.Exited(signer, BOND);
        vm.prank(signer);
        vm.assertEq(registry.exit(), BOND);
        vm.assertEq(token.balanceOf(signer), BOND);
        vm.assertEq(token.balanceOf(address(registry)), 0);
    }

    function test_aSignerWhoLeaves_signsNoMoreButCanBeSlashed() public {
        _open();
        vm.prank(_signer(0));
        registry.requestExit();
        vm.assertEq(registry.signers().length, 2);

        _append(11, 1);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(1, 1);
        header.logHash = 0;
        registry.slashFalseHeader(_sign(header, 1));
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryNotBonded.selector, _signer(0)));
        vm.prank(_signer(0));
        registry.exit();
    }

    function test_aBond_waitsForTheRestOfTheOfficeThatItsSignerLeft() public {
        _open();
        uint256 end = registry.officeEndsAt() + 1 days;
        vm.prank(_signer(0));
        vm.assertEq(registry.requestExit(), end);
        vm.warp(end - 1);
        _expectTooEarly(_signer(0), end);
        vm.warp(end);
        vm.prank(_signer(0));
        vm.assertEq(registry.exit(), BOND);
        vm.prank(_signer(1)); // the office is over
        vm.assertEq(registry.requestExit(), block.timestamp + 30 days);
    }

    function test_deposit_tellsWhoHasABond() public {
        vm.prank(ALICE);
        token.approve(address(registry), BOND);
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.Bonded(ALICE, BOND);
        vm.prank(ALICE);
        registry.deposit();
    }

    function test_aReporter_getsATwentiethOfTheBondWhen_theCapIsHigher() public {
        registry = Built.newCheckpointRegistry(OWNER, token, tree, IPostage.Disposal.Burn, NETWORK, BOND, BOND);
        _setTerms("everyone");
        _open();
        _append(11, 1);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(1, 1);
        header.logHash = 0;
        ICheckpointRegistry.Signed memory liars = _sign(header, 2);
        for (uint256 i = 0; i < 2; i++) {
            vm.expectEmit(address(registry));
            emit ICheckpointRegistry.SignerSlashed(_signer(i), REPORTER, BOND, BOND / 20);
        }
        vm.prank(REPORTER);
        registry.slashFalseHeader(liars);
        vm.assertEq(token.balanceOf(REPORTER), (2 * BOND) / 20);
        vm.assertEq(token.totalSupply(), SUPPLY - 2 * (BOND - BOND / 20));
    }

    function test_aSlashWithoutAReward_needsNoPaymentToTheReporter() public {
        PickyToken picky = new PickyToken(_signer(0), BOND);
        IPostage.Disposal burn = IPostage.Disposal.Burn;
        registry = Built.newCheckpointRegistry(OWNER, picky, tree, burn, NETWORK, BOND, 0);
        vm.prank(_signer(0));
        picky.approve(address(registry), BOND);
        vm.prank(_signer(0));
        registry.deposit();
        picky.refuse(REPORTER, PickyToken.Manner.Reverts);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(0, 0);
        header.logHash = keccak256("another");
        ICheckpointRegistry.Signed memory signed = _sign(header, 1);
        vm.prank(REPORTER);
        registry.slashFalseHeader(signed);
        vm.assertEq(picky.totalSupply(), 0);
    }

    function test_everyOfficeAndAllTerms_areCounted() public {
        uint256 before = registry.changeCount();
        vm.recordLogs();
        _open();
        _setTerms("everyone");
        vm.prank(_signer(0));
        registry.requestExit();
        _setTerms("stamp 1");
        _append(11, 1);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(1, 1);
        header.logHash = 0;
        registry.slashFalseHeader(_sign(header, 2));

        uint256 count = 0;
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            bytes32 topic = logs[i].topics.length == 0 ? bytes32(0) : logs[i].topics[0];
            bool isChange =
                topic == ICheckpointRegistry.SignersInForce.selector ||
                    topic == ICheckpointRegistry.TermsInForce.selector;
            if (isChange) count++;
        }
        vm.assertTrue(count > 4);
        vm.assertEq(registry.changeCount(), before + count);
    }

    function test_rotate_followsTheAnnouncementAWeekLater() public {
        _expectNotYet(0);
        _open();
        vm.assertEq(registry.threshold(), 2);
        vm.assertEq(registry.signers().length, 3);

        address[] memory next = new address[](3);
        (next[0], next[1], next[2]) = (_signer(1), _signer(3), _signer(4));
        _bond(_signer(3));
        uint256 at = block.timestamp + 7 days;
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.RotationAnnounced(next, 2, at);
        vm.prank(OWNER);
        registry.announce(next, 2);
        vm.assertEq(registry.announced().rotateAt, at);
        vm.warp(at - 1);
        _expectNotYet(at);

        vm.warp(at);
        address[] memory bonded = new address[](2);
        (bonded[0], bonded[1]) = (_signer(1), _signer(3));
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.SignersInForce(bonded, 2, block.timestamp + 90 days);
        vm.prank(MALLORY);
        registry.rotate();
        vm.assertEq(registry.announced().rotateAt, 0);
        _expectNotYet(0);
    }

    function test_rotate_cannotBePreventedByWhoLeaves() public {
        address[] memory next = new address[](3);
        for (uint256 i = 0; i < 3; i++) next[i] = _signer(i);
        vm.prank(OWNER);
        registry.announce(next, 2);
        _expectThresholdWrong(2, 0); // nobody is bonded
        registry.rotate();
        _bond(_signer(0));
        registry.rotate();
        vm.assertEq(registry.signers().length, 1);
        vm.assertEq(registry.threshold(), 1);
    }

    function test_rotate_revertsWhen_theAnnouncementIsAWeekOld() public {
        _open();
        address[] memory next = new address[](1);
        next[0] = _signer(0);
        vm.prank(OWNER);
        registry.announce(next, 1);
        uint256 end = block.timestamp + 14 days;
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryTooLate.selector, end));
        registry.rotate();
        vm.warp(end);
        registry.rotate();
        vm.assertEq(registry.signers().length, 1);
    }

    function test_announce_asksNobodyToWaitWhen_nobodyIsInOffice() public {
        address[] memory next = new address[](3);
        for (uint256 i = 0; i < 3; i++) next[i] = _signer(i);
        _open();
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(_signer(i));
            registry.requestExit();
            vm.assertEq(
                registry.threshold(),
                i == 2
                    ? 0
                    : i == 1
                        ? 1
                        : 2
            );
        }
        vm.assertEq(registry.officeEndsAt(), 0);
        for (uint256 i = 3; i < 6; i++) _bond(next[i - 3] = _signer(i));
        vm.prank(OWNER);
        registry.announce(next, 2);
        registry.rotate();
        vm.assertEq(registry.officeEndsAt(), block.timestamp + 90 days);

        vm.warp(block.timestamp + 90 days);
        vm.prank(OWNER);
        registry.announce(next, 2);
        vm.assertEq(registry.announced().rotateAt, block.timestamp + 7 days);
        vm.warp(block.timestamp + 1);
        vm.prank(OWNER);
        registry.announce(next, 2);
        registry.rotate();
        vm.assertEq(registry.officeEndsAt(), block.timestamp + 90 days);
    }

    function test_rotate_leavesOutExitingSigners() public {
        _open();
        address[] memory next = new address[](3);
        for (uint256 i = 0; i < 3; i++) next[i] = _signer(i);
        vm.prank(OWNER);
        registry.announce(next, 2);
        vm.prank(_signer(1));
        registry.requestExit();
        vm.warp(registry.announced().rotateAt);
        registry.rotate();

        address[] memory signers = registry.signers();
        vm.assertEq(signers.length, 2);
        vm.assertEq(signers[0], _signer(0));
        vm.assertEq(signers[1], _signer(2));
    }

    function test_announce_revertsWhen_theThresholdIsNotAMajority() public {
        uint256[2][5] memory wrong = [
            [uint256(0), 0],
            [uint256(1), 2],
            [uint256(2), 4],
            [uint256(4), 3],
            [uint256(64), 65]
        ];
        for (uint256 i = 0; i < wrong.length; i++) {
            _expectThresholdWrong(wrong[i][0], wrong[i][1]);
            vm.prank(OWNER);
            registry.announce(new address[](wrong[i][1]), wrong[i][0]);
        }
        vm.prank(OWNER);
        registry.announce(new address[](64), 33);
    }

    function test_addIssuer_acceptsAKeyInTheSubgroup() public {
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.IssuerAdded(BASE_X, BASE_Y);
        vm.prank(OWNER);
        registry.addIssuer(BASE_X, BASE_Y, _generator);
        vm.assertTrue(registry.isIssuer(BASE_X, BASE_Y));
        bytes4 unknown = ICheckpointRegistry.CheckpointRegistryIssuerUnknown.selector;
        vm.expectRevert(abi.encodeWithSelector(unknown, BASE_X, BASE_Y + 1));
        vm.prank(OWNER);
        registry.removeIssuer(BASE_X, BASE_Y + 1);

        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.IssuerRemoved(BASE_X, BASE_Y);
        vm.prank(OWNER);
        registry.removeIssuer(BASE_X, BASE_Y);
        vm.assertFalse(registry.isIssuer(BASE_X, BASE_Y));
    }

    function test_addIssuer_revertsWhen_theKeyIsNotEightTimesAPointOfTheCurve() public {
        uint256[2] memory neutral = [uint256(0), 1];
        uint256[2] memory offCurve = [_generator[0], _generator[1] + 1];
        uint256[2] memory alias_ = [_generator[0] + FIELD_ORDER, _generator[1]];
        _expectOutside(_generator[0], _generator[1], _generator); // on the curve, not in the subgroup
        _expectOutside(BASE_X, BASE_Y, offCurve);
        _expectOutside(BASE_X, BASE_Y, alias_);
        _expectOutside(BASE_X + FIELD_ORDER, BASE_Y, _generator);
        _expectOutside(BASE_X, BASE_Y + FIELD_ORDER, _generator);
        _expectOutside(BASE_X, BASE_Y, [_generator[0], _generator[1] + FIELD_ORDER]);
        _expectOutside(BASE_X, FIELD_ORDER - BASE_Y, _generator);
        _expectOutside(OFF_CURVE_X, OFF_CURVE_Y, [uint256(3), 5]);
        _expectOutside(0, 1, neutral);
        _expectOutside(0, 0, [uint256(0), 0]);
    }

    function test_signersAndIssuers_areTheOwnersToChange() public {
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        registry.announce(new address[](1), 1);
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        registry.addIssuer(BASE_X, BASE_Y, _generator);
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        registry.removeIssuer(BASE_X, BASE_Y);
    }

    function test_deposit_revertsWhen_theTokenTakesAFee() public {
        IERC20 crooked = new CrookedToken(ALICE, SUPPLY, 99);
        registry = Built.newCheckpointRegistry(OWNER, crooked, tree, IPostage.Disposal.Bury, NETWORK, BOND, REWARD_CAP);
        vm.prank(ALICE);
        crooked.approve(address(registry), BOND);
        vm.expectRevert(abi.encodeWithSelector(Funds.FundsNotReceived.selector, BOND, (uint256(BOND) * 99) / 100));
        vm.prank(ALICE);
        registry.deposit();
    }

    function _expectTooEarly(address signer, uint256 exitAt) private {
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryTooEarly.selector, exitAt));
        vm.prank(signer);
        registry.exit();
    }

    function _expectNotYet(uint256 rotateAt) private {
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryNotYet.selector, rotateAt));
        registry.rotate();
    }

    function _expectThresholdWrong(uint256 threshold, uint256 count) private {
        bytes4 selector = ICheckpointRegistry.CheckpointRegistryThresholdWrong.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, threshold, count));
    }

    function _expectOutside(uint256 x, uint256 y, uint256[2] memory eighth) private {
        bytes4 selector = ICheckpointRegistry.CheckpointRegistryKeyOutsideSubgroup.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, x, y));
        vm.prank(OWNER);
        registry.addIssuer(x, y, eighth);
    }
}
