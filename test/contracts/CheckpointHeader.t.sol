// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";

/// @notice One field of a true checkpoint is made false, whichever it is: that costs the bond.
contract CheckpointHeaderTest is CheckpointFixture {
    uint256 private constant PREVIOUS = 2;
    uint256 private constant ISSUED_AT = 15;

    function setUp() public override {
        super.setUp();
        _open();
        _grow(3, 6);
        vm.roll(10_000);
        vm.setBlockhash(9_999, keccak256("true"));
        vm.warp(block.timestamp + 1 days + 1); // that nobody signs is no longer true
    }

    /// @dev Fields in the order of the header. A lie is anything, what another field says, or one more.
    function testFuzz_aFalseField_takesTheBond(uint8 field, uint256 lie, uint8 kind) public {
        ICheckpointRegistry.Header memory header = _true();
        ICheckpointRegistry.Header memory previous = _previous(4);
        field %= 16;
        uint256[16] memory words = _wordsOf(header);
        if (kind % 3 == 1) lie = words[lie % 16];
        if (kind % 3 == 2) lie = words[field] ^ (1 << (lie % 64));
        if (field == 6 || field == 7) lie = uint160(lie);
        if (lie == words[field]) return;
        words[field] = lie;
        ICheckpointRegistry.Signed memory signed = _sign(
            abi.decode(abi.encode(words), (ICheckpointRegistry.Header)),
            2
        );

        if (field == 0 || field == 3 || field == 6 || field == 7) return _expectForeign(signed, previous);
        if (field == 4 || field == 10 || field == 11 || field == 13) return; // a number, a root, roots, leaks
        if (field == PREVIOUS && lie != 0) return _expectNotShown(signed, previous);
        if (field == ISSUED_AT && lie >= previous.issuedAt && lie <= block.timestamp + 15 minutes) return;
        bool isBroken = field == 1 || field == PREVIOUS || (field == ISSUED_AT && lie < previous.issuedAt);
        vm.prank(REPORTER);
        isBroken ? registry.slashBrokenChain(signed, previous) : registry.slashFalseHeader(signed);
        _expectSlashed(2);
    }

    function test_aTrueHeader_costsNothing() public {
        ICheckpointRegistry.Signed memory signed = _sign(_true(), 3);
        ICheckpointRegistry.Header memory previous = _previous(4);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashFalseHeader(signed);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashBrokenChain(signed, previous);
    }

    function test_slashFalseHeader_doesNotTakeTermsForSigners() public {
        for (uint256 i = 0; i < 2; i++) {
            ICheckpointRegistry.Header memory header = _true();
            (bytes32 terms, bytes32 signers) = (header.termsHash, header.signersHash);
            if (i == 0) header.signersHash = terms;
            else header.termsHash = signers;
            uint256 state = vm.snapshotState();
            ICheckpointRegistry.Signed memory signed = _sign(header, 2);
            vm.prank(REPORTER);
            registry.slashFalseHeader(signed);
            _expectSlashed(2);
            vm.revertToState(state);
        }
    }

    function test_signersInForce_isToldWheneverTheyChange() public {
        uint256 end = registry.officeEndsAt();
        address[] memory two = new address[](2);
        (two[0], two[1]) = (_signer(0), _signer(1));
        _expectInForce(two, 2, end);
        vm.prank(_signer(2));
        registry.requestExit();

        address[] memory one = new address[](1);
        one[0] = _signer(1);
        ICheckpointRegistry.Header memory header = _true();
        header.logHash = 0;
        ICheckpointRegistry.Signed memory signed = _sign(header, 1);
        _expectInForce(one, 1, end);
        registry.slashFalseHeader(signed);
        vm.assertEq(registry.threshold(), 1);

        vm.prank(OWNER);
        registry.announce(one, 1);
        vm.warp(block.timestamp + 7 days);
        _expectInForce(one, 1, block.timestamp + 90 days);
        registry.rotate();

        _expectInForce(new address[](0), 0, 0);
        vm.prank(_signer(1));
        registry.requestExit();
        vm.assertEq(registry.officeEndsAt(), 0);
    }

    function _expectInForce(address[] memory named, uint256 threshold, uint256 officeEndsAt) private {
        vm.expectEmit(address(registry));
        emit ICheckpointRegistry.SignersInForce(named, threshold, officeEndsAt);
    }

    /// @dev The second checkpoint, of a block whose hash the registry knows.
    function _true() private view returns (ICheckpointRegistry.Header memory header) {
        (header, ) = _checkpoint(6, 2);
        (header.blockNumber, header.blockHash) = (9_999, keccak256("true"));
    }

    function _wordsOf(ICheckpointRegistry.Header memory header) private pure returns (uint256[16] memory) {
        return abi.decode(abi.encode(header), (uint256[16]));
    }

    /// @dev What is about something else is not this registry's to judge, and nobody here obeys it.
    function _expectForeign(
        ICheckpointRegistry.Signed memory signed,
        ICheckpointRegistry.Header memory previous
    ) private {
        ICheckpointRegistry.Header memory h = signed.header;
        bytes4 foreign = ICheckpointRegistry.CheckpointRegistryForeign.selector;
        bytes memory error = abi.encodeWithSelector(foreign, h.networkId, h.chainId, h.noteTree, h.registry);
        vm.expectRevert(error);
        registry.slashFalseHeader(signed);
        vm.expectRevert(error);
        registry.slashBrokenChain(signed, previous);
        vm.expectRevert(error);
        registry.slashFalseLeaks(signed, new uint256[](0), 1);
    }

    /// @dev What it names has to be shown.
    function _expectNotShown(
        ICheckpointRegistry.Signed memory signed,
        ICheckpointRegistry.Header memory previous
    ) private {
        bytes4 wrong = ICheckpointRegistry.CheckpointRegistryPreviousWrong.selector;
        vm.expectRevert(abi.encodeWithSelector(wrong, registry.digestOf(previous)));
        registry.slashBrokenChain(signed, previous);
    }
}
