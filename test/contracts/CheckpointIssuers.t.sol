// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";
import {IssuerKeys} from "./helpers/IssuerKeys.sol";

/// @notice Whose word on facts counts is among the network's terms: chosen among keys that were added, each once, and
/// said by every checkpoint at the price of its signers' bonds.
contract CheckpointIssuersTest is CheckpointFixture {
    function test_setTerms_takesUpToSixteenIssuers() public {
        ICheckpointRegistry.Choice memory choice = _choice(16);
        choice.issuers[0].url = _text(1);
        choice.issuers[15].url = _text(256);
        _set(choice);
        bytes memory issuers;
        for (uint256 i = 0; i < 16; i++) {
            ICheckpointRegistry.Issuer memory issuer = choice.issuers[i];
            issuers = bytes.concat(issuers, keccak256(bytes(issuer.url)), bytes32(issuer.x), bytes32(issuer.y));
        }
        uint256[3] memory numbers = [uint256(20), 18, 300];
        bytes32 classes = keccak256(abi.encode(uint256(32), uint256(0)));
        bytes32 none = keccak256("");
        (bytes32 floor, bytes32 rule) = (keccak256("everyone"), keccak256("stamp 1"));
        bytes memory terms = abi.encode("pennypost/terms/v1", floor, rule, numbers, classes, none, keccak256(issuers));
        vm.assertEq(registry.termsHash(), keccak256(terms));
    }

    function test_setTerms_revertsWhen_thereAreSeventeenIssuers() public {
        _expectOutOfRange(_choice(17), ICheckpointRegistry.Term.Issuers, 17, 16);
    }

    function test_setTerms_revertsWhen_anIssuersUrlIsEmptyOrTooLong() public {
        ICheckpointRegistry.Choice memory choice = _choice(2);
        for (uint256 i = 0; i < 2; i++) {
            choice.issuers[1].url = _text(i * 257);
            _expectOutOfRange(choice, ICheckpointRegistry.Term.Url, i * 257, 256);
        }
    }

    function test_setTerms_revertsWhen_anIssuersKeyWasNotAdded() public {
        IssuerKeys.Key memory stranger = IssuerKeys.first(3)[2];
        ICheckpointRegistry.Choice memory choice = _choice(2);
        uint256[2][5] memory keys = [
            [stranger.x, stranger.y],
            [choice.issuers[0].y, choice.issuers[0].x],
            [choice.issuers[0].x, choice.issuers[1].y],
            [choice.issuers[0].x + FIELD_ORDER, choice.issuers[0].y], // the same point, written otherwise
            [stranger.eighth[0], stranger.eighth[1]] // on the curve, not in the subgroup
        ];
        for (uint256 i = 0; i < keys.length; i++) {
            (choice.issuers[1].x, choice.issuers[1].y) = (keys[i][0], keys[i][1]);
            _expectUnknown(choice, 1);
        }
        (choice.issuers[1].x, choice.issuers[1].y) = (0, 1); // the neutral point
        _expectUnknown(choice, 1);
    }

    function test_setTerms_revertsWhen_anIssuerIsNamedTwice() public {
        for (uint256 i = 0; i < 2; i++) {
            ICheckpointRegistry.Choice memory choice = _choice(3);
            ICheckpointRegistry.Issuer memory copied = choice.issuers[i];
            choice.issuers[2] = ICheckpointRegistry.Issuer("https://another.example", copied.x, copied.y);
            bytes4 twice = ICheckpointRegistry.CheckpointRegistryIssuerTwice.selector;
            vm.expectRevert(abi.encodeWithSelector(twice, copied.x, copied.y));
            _set(choice);
        }
    }

    function test_twoIssuers_mayHaveOneUrl() public {
        ICheckpointRegistry.Choice memory choice = _choice(2);
        choice.issuers[1].url = choice.issuers[0].url;
        _set(choice);
    }

    /// @dev Otherwise checkpoints that say the terms in force would say what the registry does not.
    function test_removeIssuer_leavesTheTermsInForce_butNoFurtherOnesNameTheKey() public {
        ICheckpointRegistry.Choice memory choice = _choice(2);
        _set(choice);
        bytes32 before = registry.termsHash();
        vm.prank(OWNER);
        registry.removeIssuer(choice.issuers[1].x, choice.issuers[1].y);
        vm.assertEq(registry.termsHash(), before);
        vm.assertEq(registry.termsInForceUntil(before), type(uint256).max);
        _open();
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(0, 0);
        ICheckpointRegistry.Signed memory signed = _sign(header, 2);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashFalseHeader(signed);

        choice.floor = "stamp 1";
        _expectUnknown(choice, 1);
        _set(_choice(1));
        vm.assertEq(registry.termsInForceUntil(before), block.timestamp + 1 days);
    }

    function test_slashFalseHeader_takesTheBondsOfWhoSaysOtherIssuers() public {
        ICheckpointRegistry.Choice memory truth = _choice(3);
        uint256 start = vm.snapshotState();
        bytes32[] memory hashes = new bytes32[](8);
        for (uint256 i = 0; i < hashes.length; i++) {
            _set(_lie(i));
            hashes[i] = registry.termsHash();
            vm.assertTrue(vm.revertToState(start));
            start = vm.snapshotState();
        }
        _set(truth);
        _open();
        vm.warp(block.timestamp + 1 days + 1);
        for (uint256 i = 0; i < hashes.length; i++) {
            uint256 state = vm.snapshotState();
            (ICheckpointRegistry.Header memory header, ) = _checkpoint(0, 0);
            vm.assertTrue(header.termsHash != hashes[i]);
            header.termsHash = hashes[i];
            ICheckpointRegistry.Signed memory signed = _sign(header, 2);
            vm.prank(REPORTER);
            registry.slashFalseHeader(signed);
            _expectSlashed(2);
            vm.assertTrue(vm.revertToState(state));
        }
    }

    /// @dev Terms that differ from `_choice(3)` in their issuers alone, in one thing.
    function _lie(uint256 i) private returns (ICheckpointRegistry.Choice memory choice) {
        choice = _choice(
            i == 0
                ? 4
                : i == 1
                    ? 2
                    : i == 2
                        ? 0
                        : 3
        );
        if (i < 3) return choice;
        IssuerKeys.Key memory other = IssuerKeys.first(4)[3];
        ICheckpointRegistry.Issuer memory first = choice.issuers[0];
        vm.prank(OWNER);
        registry.addIssuer(other.x, other.y, other.eighth);
        if (i == 3) (first.x, first.y) = (other.x, other.y);
        if (i == 4) first.url = "https://evil.example";
        if (i == 5) (choice.issuers[0], choice.issuers[1]) = (choice.issuers[1], choice.issuers[0]);
        if (i == 6) (first.url, choice.issuers[1].url) = (choice.issuers[1].url, first.url);
        if (i == 7) {
            choice.issuers[2] = ICheckpointRegistry.Issuer(choice.issuers[2].url, other.x, other.y);
        }
    }

    /// @dev Terms with so many issuers, whose keys were added.
    function _choice(uint256 count) private returns (ICheckpointRegistry.Choice memory choice) {
        (choice.floor, choice.defaultRule) = ("everyone", "stamp 1");
        (choice.requestBits, choice.checkpointSeconds) = (20, 300);
        choice.issuers = new ICheckpointRegistry.Issuer[](count);
        IssuerKeys.Key[] memory keys = IssuerKeys.first(count);
        for (uint256 i = 0; i < count; i++) {
            vm.prank(OWNER);
            registry.addIssuer(keys[i].x, keys[i].y, keys[i].eighth);
            string memory url = string.concat("https://issuer-", vm.toString(i), ".example");
            choice.issuers[i] = ICheckpointRegistry.Issuer(url, keys[i].x, keys[i].y);
        }
    }

    function _text(uint256 length) private pure returns (string memory) {
        return string(new bytes(length));
    }

    function _set(ICheckpointRegistry.Choice memory choice) private {
        vm.prank(OWNER);
        registry.setTerms(choice);
    }

    function _expectUnknown(ICheckpointRegistry.Choice memory choice, uint256 i) private {
        bytes4 unknown = ICheckpointRegistry.CheckpointRegistryIssuerUnknown.selector;
        vm.expectRevert(abi.encodeWithSelector(unknown, choice.issuers[i].x, choice.issuers[i].y));
        _set(choice);
    }

    function _expectOutOfRange(
        ICheckpointRegistry.Choice memory choice,
        ICheckpointRegistry.Term term,
        uint256 value,
        uint256 most
    ) private {
        bytes4 wrong = ICheckpointRegistry.CheckpointRegistryTermOutOfRange.selector;
        vm.expectRevert(
            abi.encodeWithSelector(wrong, term, value, term == ICheckpointRegistry.Term.Issuers ? 0 : 1, most)
        );
        _set(choice);
    }
}
