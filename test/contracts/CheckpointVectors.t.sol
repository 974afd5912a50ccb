// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {INoteSource} from "../../contracts/interfaces/INoteSource.sol";
import {NetworkTerms} from "../../contracts/libraries/NetworkTerms.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";

/// @notice The contract reads what TypeScript signs: test/vectors/checkpoint.json.
contract CheckpointVectorsTest is CheckpointFixture {
    using NetworkTerms for ICheckpointRegistry.Terms;

    string private _json;

    function setUp() public override {
        super.setUp();
        _json = vm.readFile("test/vectors/checkpoint.json");
    }

    function test_digestAndSigner_agree() public view {
        uint256 i = 0;
        for (string memory at = _at(i); vm.keyExistsJson(_json, at); at = _at(++i)) {
            bytes32 digest = registry.digestOf(_read(at));
            vm.assertEq(digest, _word(at, "digest"));
            address signer = ecrecover(digest, uint8(_uint(at, "v")), _word(at, "r"), _word(at, "s"));
            vm.assertEq(uint256(uint160(signer)), _uint(at, "signer"));

            uint256[] memory roots = vm.parseJsonUintArray(_json, string.concat(at, ".roots"));
            vm.assertEq(keccak256(abi.encodePacked(roots)), _word(at, "rootsHash"));
        }
        vm.assertTrue(i >= 3);
    }

    function test_termsAndSigners_agree() public view {
        uint256 i = 0;
        for (string memory at = _at(i); vm.keyExistsJson(_json, at); at = _at(++i)) {
            vm.assertEq(_terms(string.concat(at, ".terms")).hashOf(), _word(at, "termsHash"));
            uint256[] memory signers = vm.parseJsonUintArray(_json, string.concat(at, ".signers"));
            uint256[] memory office = vm.parseJsonUintArray(_json, string.concat(at, ".office"));
            vm.assertEq(keccak256(abi.encodePacked(signers, office)), _word(at, "signersHash"));
        }
    }

    function _terms(string memory at) private view returns (ICheckpointRegistry.Terms memory terms) {
        terms.floor = vm.parseJsonString(_json, string.concat(at, ".floor"));
        terms.defaultRule = vm.parseJsonString(_json, string.concat(at, ".defaultRule"));
        uint256[] memory numbers = vm.parseJsonUintArray(_json, string.concat(at, ".numbers"));
        (terms.requestBits, terms.decimals) = (uint8(numbers[0]), uint8(numbers[1]));
        terms.checkpointSeconds = uint32(numbers[2]);
        uint256[] memory words = vm.parseJsonUintArray(_json, string.concat(at, ".classes"));
        terms.classes = new INoteSource.NoteClass[](words.length / 9);
        for (uint256 i = 0; i < terms.classes.length; i++) {
            uint256[9] memory class;
            for (uint256 j = 0; j < 9; j++) class[j] = words[9 * i + j];
            terms.classes[i] = abi.decode(abi.encode(class), (INoteSource.NoteClass));
        }
        uint256[] memory keys = vm.parseJsonUintArray(_json, string.concat(at, ".keys"));
        terms.nodes = new ICheckpointRegistry.Node[](keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            string memory url = string.concat(at, ".urls[", vm.toString(i), "]");
            terms.nodes[i] = ICheckpointRegistry.Node(vm.parseJsonString(_json, url), bytes32(keys[i]));
        }
        terms.issuers = _issuers(at);
    }

    function _issuers(string memory at) private view returns (ICheckpointRegistry.Issuer[] memory issuers) {
        uint256[] memory points = vm.parseJsonUintArray(_json, string.concat(at, ".issuerKeys"));
        issuers = new ICheckpointRegistry.Issuer[](points.length / 2);
        for (uint256 i = 0; i < issuers.length; i++) {
            string memory url = vm.parseJsonString(_json, string.concat(at, ".issuerUrls[", vm.toString(i), "]"));
            issuers[i] = ICheckpointRegistry.Issuer(url, points[2 * i], points[2 * i + 1]);
        }
    }

    function _read(string memory at) private view returns (ICheckpointRegistry.Header memory header) {
        header.networkId = _word(at, "networkId");
        header.sequence = _uint(at, "sequence");
        header.previous = _word(at, "previous");
        header.chainId = _uint(at, "chainId");
        header.blockNumber = _uint(at, "blockNumber");
        header.blockHash = _word(at, "blockHash");
        header.noteTree = address(uint160(_uint(at, "noteTree")));
        header.registry = address(uint160(_uint(at, "registry")));
        header.operations = _uint(at, "operations");
        header.logHash = _word(at, "logHash");
        header.root = _word(at, "root");
        header.rootsHash = _word(at, "rootsHash");
        header.termsHash = _word(at, "termsHash");
        header.leaksHash = _word(at, "leaksHash");
        header.signersHash = _word(at, "signersHash");
        header.issuedAt = _uint(at, "issuedAt");
    }

    function _at(uint256 i) private pure returns (string memory) {
        return string.concat(".checkpoints[", vm.toString(i), "]");
    }

    function _uint(string memory at, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(_json, string.concat(at, ".", field));
    }

    function _word(string memory at, string memory field) private view returns (bytes32) {
        return vm.parseJsonBytes32(_json, string.concat(at, ".", field));
    }
}
