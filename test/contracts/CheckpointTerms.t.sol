// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Payments} from "../../contracts/Payments.sol";
import {Postage} from "../../contracts/Postage.sol";
import {StakeRegistry} from "../../contracts/StakeRegistry.sol";
import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {INoteSource} from "../../contracts/interfaces/INoteSource.sol";
import {IPayments} from "../../contracts/interfaces/IPayments.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {IStakeRegistry} from "../../contracts/interfaces/IStakeRegistry.sol";
import {ClassId} from "../../contracts/libraries/ClassId.sol";
import {LyingSource} from "../../contracts/mocks/LyingSource.sol";
import {SixDecimals} from "../../contracts/mocks/SixDecimals.sol";
import {Built} from "./helpers/Built.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";

/// @notice The network's terms are the owner's to choose, in bounds, and the classes in them are what they are.
contract CheckpointTermsTest is CheckpointFixture {
    IPostage.Disposal private constant BURN = IPostage.Disposal.Burn;

    function test_setTerms_readsClassesFromTheContractsThatHaveThem() public {
        INoteSource[3] memory sources = _sources();
        ICheckpointRegistry.Choice memory choice = _choice();
        choice.classes = new ICheckpointRegistry.ClassPlace[](3);
        for (uint256 i = 0; i < 3; i++) choice.classes[i] = ICheckpointRegistry.ClassPlace(address(sources[i]), 1);
        ICheckpointRegistry.Terms memory terms = _terms(3);
        (address stamps, address stakes, address payments) = (
            address(sources[0]),
            address(sources[1]),
            address(sources[2])
        );
        terms.classes[0] = INoteSource.NoteClass(1, stamps, 1, 11, 12, 1 hours, 2 hours, 0, 0);
        terms.classes[1] = INoteSource.NoteClass(2, stakes, 1, 22, 25, 3 hours, 4 hours, 5 hours, 23);
        terms.classes[2] = INoteSource.NoteClass(4, payments, 1, 31, 64, 1 days, 1 hours, 0, 1);
        _expectTerms(terms);
        _set(choice);
        vm.assertEq(registry.termsHash(), _hash(terms));
        vm.assertEq(registry.termsInForceUntil(_hash(terms)), type(uint256).max);
    }

    function test_noteClass_revertsWhen_thereIsNoSuchClass() public {
        INoteSource[3] memory sources = _sources();
        bytes4[3] memory unknown = [
            IPostage.PostageClassUnknown.selector,
            IStakeRegistry.StakeRegistryClassUnknown.selector,
            IPayments.PaymentsClassUnknown.selector
        ];
        ICheckpointRegistry.Choice memory choice = _choice();
        choice.classes = new ICheckpointRegistry.ClassPlace[](1);
        uint256[4] memory numbers = [uint256(0), 2, 2 ** 32 + 1, type(uint256).max];
        for (uint256 i = 0; i < 12; i++) {
            uint256 number = numbers[i % 4];
            bytes memory error = abi.encodeWithSelector(unknown[i / 4], number);
            vm.expectRevert(error);
            sources[i / 4].noteClass(number);
            if (number > type(uint32).max) continue;
            choice.classes[0] = ICheckpointRegistry.ClassPlace(address(sources[i / 4]), uint32(number));
            vm.expectRevert(error);
            _set(choice);
        }
    }

    function test_setTerms_revertsWhen_aClassIsNotWhatItsContractSays() public {
        LyingSource liar = new LyingSource();
        ICheckpointRegistry.Choice memory choice = _choice();
        choice.classes = new ICheckpointRegistry.ClassPlace[](1);
        choice.classes[0] = ICheckpointRegistry.ClassPlace(address(liar), 7);
        INoteSource.NoteClass memory true_ = INoteSource.NoteClass(1, address(liar), 7, 1, 1, 1, 1, 0, 0);
        liar.say(true_);
        _expectForeign(choice); // it is no inserter yet
        liar.say(INoteSource.NoteClass(0, address(liar), 7, 1, 1, 1, 1, 0, 0));
        _expectForeign(choice);

        vm.prank(OWNER);
        tree.addInserter(address(liar), ClassId.STAMP);
        liar.say(INoteSource.NoteClass(2, address(liar), 7, 1, 1, 1, 1, 0, 0));
        _expectForeign(choice);
        liar.say(INoteSource.NoteClass(1, address(this), 7, 1, 1, 1, 1, 0, 0));
        _expectForeign(choice);
        liar.say(INoteSource.NoteClass(1, address(liar), 8, 1, 1, 1, 1, 0, 0));
        _expectForeign(choice);
        liar.say(true_);
        _set(choice);
    }

    function test_setTerms_revertsWhen_aTermIsOutOfItsRange() public {
        ICheckpointRegistry.Choice memory choice = _choice();
        (choice.floor, choice.defaultRule) = (_text(8192), _text(8192));
        (choice.requestBits, choice.checkpointSeconds) = (64, 12 hours);
        choice.nodes = new ICheckpointRegistry.Node[](64);
        for (uint256 i = 0; i < 64; i++) choice.nodes[i].url = _text(i == 0 ? 1 : 256);
        _set(choice);
        for (uint256 i = 0; i < 2; i++) {
            choice.nodes[63].url = _text(i * 257);
            _expectOutOfRange(choice, ICheckpointRegistry.Term.Url, i * 257, 1, 256);
        }
        (choice.floor, choice.defaultRule) = (_text(1), _text(1));
        (choice.requestBits, choice.checkpointSeconds) = (0, 1);
        choice.nodes = new ICheckpointRegistry.Node[](0);
        _set(choice);

        for (uint256 i = 0; i < 2; i++) {
            uint256 length = i == 0 ? 0 : 8193;
            choice.floor = _text(length);
            _expectOutOfRange(choice, ICheckpointRegistry.Term.Floor, length, 1, 8192);
            choice.floor = _text(1);
            choice.defaultRule = _text(length);
            _expectOutOfRange(choice, ICheckpointRegistry.Term.DefaultRule, length, 1, 8192);
            choice.defaultRule = _text(1);
            choice.checkpointSeconds = i == 0 ? 0 : 12 hours + 1;
            _expectOutOfRange(
                choice,
                ICheckpointRegistry.Term.CheckpointSeconds,
                choice.checkpointSeconds,
                1,
                12 hours
            );
            choice.checkpointSeconds = 1;
        }
        choice.requestBits = 65;
        _expectOutOfRange(choice, ICheckpointRegistry.Term.RequestBits, 65, 0, 64);
        choice.requestBits = 0;
        choice.nodes = new ICheckpointRegistry.Node[](65);
        _expectOutOfRange(choice, ICheckpointRegistry.Term.Nodes, 65, 0, 64);
        choice.nodes = new ICheckpointRegistry.Node[](0);
        choice.classes = new ICheckpointRegistry.ClassPlace[](65);
        _expectOutOfRange(choice, ICheckpointRegistry.Term.Classes, 65, 0, 64);
    }

    function test_setTerms_takesAsManyClassesAsThereCanBe() public {
        ICheckpointRegistry.Choice memory choice = _choice();
        choice.classes = new ICheckpointRegistry.ClassPlace[](64);
        address stamps = address(_sources()[0]);
        for (uint256 i = 0; i < 64; i++) choice.classes[i] = ICheckpointRegistry.ClassPlace(stamps, 1);
        _set(choice);
    }

    function test_setTerms_isTheOwnersToDo() public {
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        registry.setTerms(_choice());
    }

    function test_terms_haveTheTokensDecimals() public {
        SixDecimals six = new SixDecimals(ALICE, SUPPLY);
        registry = Built.newCheckpointRegistry(OWNER, six, tree, BURN, NETWORK, BOND, REWARD_CAP);
        vm.assertEq(registry.decimals(), 6);
        ICheckpointRegistry.Terms memory terms = _terms(0);
        terms.decimals = 6;
        _expectTerms(terms);
        _set(_choice());
    }

    /// @dev Contracts of stamps, stakes and payments with class 1 open, whose every number is another.
    function _sources() private returns (INoteSource[3] memory) {
        Postage postage = Built.newPostage(OWNER, token, tree, BURN);
        StakeRegistry stakes = Built.newStakeRegistry(OWNER, token, tree, BURN, 1);
        address pool = address(Built.newOperatorPool(OWNER, token));
        Payments payments = Built.newPayments(OWNER, token, tree, BURN, pool, IPayments.Floor(31, 100, 100, 3_000));
        address[3] memory inserters = [address(postage), address(stakes), address(payments)];
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(OWNER);
            tree.addInserter(inserters[i], uint8(1 << i));
        }
        vm.prank(OWNER);
        postage.addClass(IPostage.Class(11, 12, 1 hours, 2 hours, 365 days));
        vm.prank(OWNER);
        stakes.addClass(
            IStakeRegistry.Class({
                amount: 22,
                penalty: 21,
                limit: 23,
                epochLength: 5 hours,
                unitsPerTicket: 25,
                laneTtl: 3 hours,
                rootWindow: 4 hours
            })
        );
        return [INoteSource(postage), INoteSource(stakes), INoteSource(payments)];
    }

    function _choice() private pure returns (ICheckpointRegistry.Choice memory choice) {
        (choice.floor, choice.defaultRule) = ("everyone", "stamp 1");
        (choice.requestBits, choice.checkpointSeconds) = (20, 300);
        choice.nodes = new ICheckpointRegistry.Node[](2);
        choice.nodes[0] = ICheckpointRegistry.Node("https://a.example", keccak256("a"));
        choice.nodes[1] = ICheckpointRegistry.Node("https://b.example", keccak256("b"));
    }

    /// @dev What `_choice` gives, with room for classes.
    function _terms(uint256 count) private pure returns (ICheckpointRegistry.Terms memory terms) {
        ICheckpointRegistry.Choice memory choice = _choice();
        INoteSource.NoteClass[] memory classes = new INoteSource.NoteClass[](count);
        return ICheckpointRegistry.Terms("everyone", "stamp 1", 20, 18, 300, classes, choice.nodes, choice.issuers);
    }

    /// @dev Said once more, in other words than the registry's.
    function _hash(ICheckpointRegistry.Terms memory terms) private pure returns (bytes32) {
        bytes memory nodes;
        for (uint256 i = 0; i < terms.nodes.length; i++) {
            nodes = bytes.concat(nodes, keccak256(bytes(terms.nodes[i].url)), terms.nodes[i].key);
        }
        bytes32 floor = keccak256(bytes(terms.floor));
        bytes32 rule = keccak256(bytes(terms.defaultRule));
        bytes32 classes = keccak256(abi.encode(terms.classes));
        bytes32 issuers = keccak256("");
        uint256[3] memory numbers = [uint256(terms.requestBits), terms.decimals, terms.checkpointSeconds];
        return keccak256(abi.encode("pennypost/terms/v1", floor, rule, numbers, classes, keccak256(nodes), issuers));
    }

    function _text(uint256 length) private pure returns (string memory) {
        return string(new bytes(length));
    }

    function _set(ICheckpointRegistry.Choice memory choice) private {
        vm.prank(OWNER);
        registry.setTerms(choice);
    }

    function _expectTerms(ICheckpointRegistry.Terms memory terms) private {
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.TermsInForce(_hash(terms), terms);
    }

    function _expectForeign(ICheckpointRegistry.Choice memory choice) private {
        ICheckpointRegistry.ClassPlace memory place = choice.classes[0];
        bytes4 foreign = ICheckpointRegistry.CheckpointRegistryClassForeign.selector;
        vm.expectRevert(abi.encodeWithSelector(foreign, place.source, place.number));
        _set(choice);
    }

    function _expectOutOfRange(
        ICheckpointRegistry.Choice memory choice,
        ICheckpointRegistry.Term term,
        uint256 value,
        uint256 least,
        uint256 most
    ) private {
        bytes4 wrong = ICheckpointRegistry.CheckpointRegistryTermOutOfRange.selector;
        vm.expectRevert(abi.encodeWithSelector(wrong, term, value, least, most));
        _set(choice);
    }
}
