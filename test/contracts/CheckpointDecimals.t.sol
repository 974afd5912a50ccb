// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SilentToken} from "../../contracts/mocks/SilentToken.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Built} from "./helpers/Built.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";

/// @notice The terms say how many decimals the network's token has: by its own word, and by nobody else's.
contract CheckpointDecimalsTest is CheckpointFixture {
    function testFuzz_terms_haveTheDecimalsOfTheToken(uint8 decimals) public {
        IERC20 money = IERC20(address(new SilentToken(ALICE, SUPPLY, decimals)));
        registry = Built.newCheckpointRegistry(OWNER, money, tree, IPostage.Disposal.Bury, NETWORK, BOND, REWARD_CAP);
        vm.assertEq(uint256(registry.decimals()), decimals);
        bytes32 before = registry.termsHash();
        _setTerms("everyone");
        vm.assertTrue(registry.termsHash() != before);
    }

    function test_terms_ofTokensThatDifferInDecimalsOnly_haveDifferentHashes() public {
        bytes32[2] memory hashes;
        for (uint256 i = 0; i < 2; i++) {
            IERC20 money = IERC20(address(new SilentToken(ALICE, SUPPLY, i == 0 ? 6 : 18)));
            registry = Built.newCheckpointRegistry(
                OWNER,
                money,
                tree,
                IPostage.Disposal.Bury,
                NETWORK,
                BOND,
                REWARD_CAP
            );
            _setTerms("everyone");
            hashes[i] = registry.termsHash();
        }
        vm.assertTrue(hashes[0] != hashes[1]);
    }
}
