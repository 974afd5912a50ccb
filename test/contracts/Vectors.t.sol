// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PoseidonT2} from "poseidon-solidity/PoseidonT2.sol";
import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";
import {PoseidonT4} from "poseidon-solidity/PoseidonT4.sol";
import {PoseidonT5} from "poseidon-solidity/PoseidonT5.sol";
import {PoseidonT6} from "poseidon-solidity/PoseidonT6.sol";
import {ClassId} from "../../contracts/libraries/ClassId.sol";
import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {NoteLog} from "../../contracts/libraries/NoteLog.sol";
import {TreeStep} from "../../contracts/libraries/TreeStep.sol";
import {TestBase} from "./helpers/TestBase.sol";

/// @notice Solidity computes what circuits and TypeScript compute: all read test/vectors/ticket.json.
contract VectorsTest is TestBase {
    uint256 private constant DEPTH = 20;

    string private _json;
    mapping(uint256 level => mapping(uint256 index => uint256 node)) private _nodes;
    mapping(uint256 level => uint256 node) private _empty;

    function setUp() public {
        _json = vm.readFile("test/vectors/ticket.json");
    }

    function test_networkId_isTheHashOfTheName() public view {
        vm.assertEq(_word(".network.networkId"), keccak256(bytes(_string(".network.name"))));
    }

    function test_poseidon_agrees() public view {
        uint256 i = 0;
        for (string memory at = _at(".poseidon", i); _has(at); at = _at(".poseidon", ++i)) {
            uint256[] memory inputs = vm.parseJsonUintArray(_json, string.concat(at, ".inputs"));
            vm.assertEq(_poseidon(inputs), _uint(at, ".output"));
        }
        vm.assertTrue(i >= 5);
    }

    function test_use_agrees() public view {
        uint256 i = 0;
        for (string memory at = _at(".uses", i); _has(at); at = _at(".uses", ++i)) {
            bytes32 networkId = keccak256(bytes(_string(string.concat(at, ".networkName"))));
            bytes32 topic = keccak256(bytes(_string(string.concat(at, ".topic"))));
            bytes32 use = keccak256(
                abi.encode(
                    "pennypost/lane/v1",
                    networkId,
                    topic,
                    _word(string.concat(at, ".holder")),
                    _uint(at, ".units"),
                    _uint(at, ".expiresAt")
                )
            );
            vm.assertEq(use, _word(string.concat(at, ".use")));
            vm.assertEq(uint256(use) >> 8, _uint(at, ".x"));
        }
        vm.assertTrue(i > 0);
    }

    function test_classId_agrees() public view {
        uint256 i = 0;
        for (string memory at = _at(".classes", i); _has(at); at = _at(".classes", ++i)) {
            address origin = address(uint160(_uint(at, ".contract")));
            uint8 kind = uint8(_uint(at, ".kind"));
            uint256 classId = ClassId.derive(kind, _uint(at, ".chainId"), origin, _uint(at, ".number"));
            vm.assertEq(classId, _uint(at, ".classId"));
        }
        vm.assertTrue(i > 0);
    }

    function test_scope_agrees() public view {
        uint256 i = 0;
        for (string memory at = _at(".scopes", i); _has(at); at = _at(".scopes", ++i)) {
            bytes memory packed = abi.encode(
                "pennypost/scope/v1",
                _uint(at, ".networkId"),
                _uint(at, ".classId"),
                _uint(at, ".period")
            );
            string memory issuer = _string(string.concat(at, ".issuer"));
            if (bytes(issuer).length == 66) packed = _withIssuer(at);
            vm.assertEq(uint256(keccak256(packed)) >> 8, _uint(at, ".scope"));
        }
        vm.assertTrue(i > 0);
    }

    function test_tagScope_agrees() public view {
        uint256 i = 0;
        for (string memory at = _at(".tagScopes", i); _has(at); at = _at(".tagScopes", ++i)) {
            address recipient = address(uint160(_uint(at, ".recipient")));
            bytes memory packed = abi.encode("pennypost/tag/v1", _uint(at, ".networkId"), recipient);
            vm.assertEq(uint256(keccak256(packed)) >> 8, _uint(at, ".tagScope"));
        }
        vm.assertTrue(i > 0);
    }

    function test_ticket_agrees() public view {
        uint256 i = 0;
        for (string memory at = _at(".tickets", i); _has(at); at = _at(".tickets", ++i)) {
            uint256 secretHash = PoseidonT3.hash([7, _uint(at, ".secret")]);
            uint256 personHash = PoseidonT3.hash([6, _uint(at, ".person")]);
            uint256 commitment = PoseidonT4.hash([1, secretHash, personHash]);
            vm.assertEq(secretHash, _uint(at, ".secretHash"));
            vm.assertEq(personHash, _uint(at, ".personHash"));
            vm.assertEq(commitment, _uint(at, ".commitment"));

            uint256 a1 = PoseidonT5.hash([2, _uint(at, ".secret"), _uint(at, ".scope"), _uint(at, ".messageId")]);
            uint256 slope = mulmod(a1, _uint(at, ".x"), FIELD_ORDER);
            vm.assertEq(a1, _uint(at, ".a1"));
            vm.assertEq(addmod(_uint(at, ".secret"), slope, FIELD_ORDER), _uint(at, ".y"));
            vm.assertEq(PoseidonT3.hash([3, a1]), _uint(at, ".nullifier"));
            vm.assertEq(PoseidonT4.hash([4, _uint(at, ".person"), _uint(at, ".tagScope")]), _uint(at, ".tag"));
            _checkLeaf(at);
        }
        vm.assertTrue(i > 0);
    }

    function test_log_agreesOnChainLeafAndRoot() public {
        for (uint256 level = 0; level < DEPTH; level++) {
            _empty[level + 1] = PoseidonT3.hash([_empty[level], _empty[level]]);
        }
        vm.assertEq(DEPTH, _uint(".tree", ".depth"));

        bytes32 chain;
        uint256 i = 0;
        for (string memory at = _at(".tree.operations", i); _has(at); at = _at(".tree.operations", ++i)) {
            INoteTree.Operation memory operation = _operation(at);
            chain = NoteLog.next(chain, operation);
            vm.assertEq(operation.index, i);
            vm.assertEq(chain, _word(string.concat(at, ".chain")));

            uint256 leaf = _leaf(operation);
            vm.assertEq(leaf, _uint(at, ".leaf"));
            vm.assertEq(_setLeaf(operation.leafIndex, leaf), _uint(at, ".root"));
        }
        vm.assertTrue(i > 0);
    }

    function _checkLeaf(string memory at) private view {
        (uint256 commitment, uint256 classId) = (_uint(at, ".commitment"), _uint(at, ".classId"));
        (uint256 limit, uint256 expiry) = (_uint(at, ".limit"), _uint(at, ".expiry"));
        vm.assertEq(PoseidonT5.hash([commitment, classId, limit, expiry]), _uint(at, ".leaf"));
        vm.assertEq(PoseidonT6.hash([5, commitment, classId, limit, expiry]), _uint(at, ".credential"));
    }

    function _operation(string memory at) private view returns (INoteTree.Operation memory) {
        return
            INoteTree.Operation({
                index: _uint(at, ".index"),
                kind: uint8(_uint(at, ".kind")),
                leafIndex: _uint(at, ".leafIndex"),
                commitment: _uint(at, ".commitment"),
                classId: _uint(at, ".classId"),
                limit: _uint(at, ".limit"),
                expiry: _uint(at, ".expiry")
            });
    }

    /// @dev Each operation as a dispute shows it, where a tree has room for two: the root of all before, and after.
    function test_forest_agrees() public view {
        uint256 capacity = _uint(".forest", ".capacity");
        vm.assertEq(_uint(".forest", ".depth"), TreeStep.FOREST_DEPTH);
        vm.assertEq(TreeStep.emptyRoot(), _word(".forest.operations[0].before"));
        uint256 i = 0;
        for (string memory at = _at(".forest.operations", i); _has(at); at = _at(".forest.operations", ++i)) {
            ICheckpointRegistry.Step memory step;
            step.operation = _operation(at);
            step.leaf = _uint(at, ".old");
            uint256[] memory siblings = vm.parseJsonUintArray(_json, string.concat(at, ".siblings"));
            uint256[] memory forest = vm.parseJsonUintArray(_json, string.concat(at, ".forest"));
            for (uint256 level = 0; level < DEPTH; level++) step.siblings[level] = siblings[level];
            for (uint256 level = 0; level < TreeStep.FOREST_DEPTH; level++) step.forest[level] = bytes32(forest[level]);

            vm.assertEq(this.rootOf(step, step.leaf, capacity), _word(string.concat(at, ".before")));
            vm.assertEq(this.rootOf(step, _leaf(step.operation), capacity), _word(string.concat(at, ".root")));
        }
        vm.assertTrue(i > 0);
    }

    function rootOf(
        ICheckpointRegistry.Step calldata step,
        uint256 leaf,
        uint256 capacity
    ) external pure returns (bytes32) {
        return TreeStep.forestRootOf(step, leaf, capacity);
    }

    function _leaf(INoteTree.Operation memory made) private pure returns (uint256) {
        if (made.kind == NoteLog.ZERO) return 0;
        return PoseidonT5.hash([made.commitment, made.classId, made.limit, made.expiry]);
    }

    function _setLeaf(uint256 index, uint256 leaf) private returns (uint256 node) {
        node = leaf;
        for (uint256 level = 0; level < DEPTH; level++) {
            _nodes[level][index] = node;
            uint256 sibling = _nodes[level][index ^ 1];
            if (sibling == 0) sibling = _empty[level];
            node = index % 2 == 0 ? PoseidonT3.hash([node, sibling]) : PoseidonT3.hash([sibling, node]);
            index /= 2;
        }
    }

    function _withIssuer(string memory at) private view returns (bytes memory) {
        return
            abi.encode(
                "pennypost/scope/v1",
                _uint(at, ".networkId"),
                _uint(at, ".classId"),
                _uint(at, ".period"),
                _word(string.concat(at, ".issuer"))
            );
    }

    function _poseidon(uint256[] memory x) private pure returns (uint256) {
        if (x.length == 1) return PoseidonT2.hash([x[0]]);
        if (x.length == 2) return PoseidonT3.hash([x[0], x[1]]);
        if (x.length == 3) return PoseidonT4.hash([x[0], x[1], x[2]]);
        if (x.length == 4) return PoseidonT5.hash([x[0], x[1], x[2], x[3]]);
        return PoseidonT6.hash([x[0], x[1], x[2], x[3], x[4]]);
    }

    function _at(string memory list, uint256 i) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(i), "]");
    }

    function _has(string memory key) private view returns (bool) {
        return vm.keyExistsJson(_json, key);
    }

    function _uint(string memory at, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(_json, string.concat(at, field));
    }

    function _word(string memory key) private view returns (bytes32) {
        return vm.parseJsonBytes32(_json, key);
    }

    function _string(string memory key) private view returns (string memory) {
        return vm.parseJsonString(_json, key);
    }
}
